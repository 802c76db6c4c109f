/** An error's name and message, without its stack: `Error: the table is gone`. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
