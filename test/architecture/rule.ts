import type { Source } from './sources.ts'

/** From all sources to the breaches, each in words. */
export type Rule = (sources: readonly Source[]) => readonly string[]

/** Whether an import leads to a file of the project. */
export const isFile = (target: string) => /\.(ts|mjs|cjs|json)$/.test(target)

/** Judges every import of every file. */
export function eachImport(
  sources: readonly Source[],
  judge: (source: Source, target: string, typeOnly: boolean) => string | undefined,
): readonly string[] {
  return sources.flatMap((source) =>
    source.imports
      .map(({ target, typeOnly }) => judge(source, target, typeOnly))
      .filter((breach) => breach !== undefined),
  )
}

/** The files that AWS starts. */
export const isHandler = ({ path, code }: Source) =>
  /^functions\/[^/]+\.ts$/.test(path) && /^export const handler\b/m.test(code)
