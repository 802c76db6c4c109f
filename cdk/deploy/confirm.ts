import { createInterface } from 'node:readline/promises'

/** Asks a question on the terminal. Returns the trimmed answer, empty at the end of the input. */
export type Confirm = (question: string) => Promise<string>

/** Returns undefined if stdin or stderr is not a terminal, so that no one can answer. */
export function terminalConfirm(): Confirm | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return
  return async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr })
    try {
      // The end of the input does not count as consent.
      const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')))
      return (await Promise.race([terminal.question(question), closed])).trim()
    } finally {
      terminal.close()
    }
  }
}
