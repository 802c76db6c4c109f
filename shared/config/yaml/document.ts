import { LineCounter, parseDocument } from 'yaml'
import type { Path } from './diagnostic.ts'
import { type Located, locate } from './locate.ts'
import { wordSyntaxErrors } from './syntax.ts'

/** An error at an offset of the text. */
export interface Stumble {
  readonly offset: number
  readonly path: Path
  readonly message: string
}

export interface SourceDocument {
  /** Absent if the text is empty or too broken to have a certain structure. */
  readonly root?: Located
  readonly stumbles: readonly Stumble[]
  /** Line and column of an offset, both from 1. */
  position(offset: number): { readonly line: number; readonly column: number }
}

/** Maximum size of a file, enough for about 10,000 checks; the parser needs up to 5 s for it. */
export const maxTextBytes = 2 * 1024 * 1024
/** Maximum values with aliases expanded, against "billion laughs"; 10,000 checks are about 300,000 values. */
const maxValues = 500_000

/** Parses one YAML 1.2 document (core schema, and the merge key `<<`). Never throws. */
export function readDocument(text: string): SourceDocument {
  if (Buffer.byteLength(text) > maxTextBytes) return refuse('is too large, must be at most 2 MiB')
  try {
    return parse(text)
  } catch (error) {
    // The parser recurses for every level, so an absurd depth exhausts the stack.
    if (error instanceof RangeError) return refuse('is nested too deeply')
    throw error
  }
}

function refuse(message: string): SourceDocument {
  return { stumbles: [{ offset: 0, path: [], message }], position: () => ({ line: 1, column: 1 }) }
}

function parse(text: string): SourceDocument {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    // The parser's own search for duplicate keys is quadratic and does not say where the first one is.
    uniqueKeys: false,
    stringKeys: true,
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    logLevel: 'error',
  })
  const position = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const problems = [...document.errors, ...document.warnings]
  const line = (offset: number) => position(offset).line
  const stumbles: Stumble[] = wordSyntaxErrors(problems, text, line).map((error) => ({ ...error, path: [] }))
  // After an unknown tag the structure is still certain; after any other error it would be a guess.
  if (document.contents === null || problems.some((problem) => problem.code !== 'TAG_RESOLVE_FAILED'))
    return { stumbles, position }
  const root = locate(document.contents, {
    line,
    stumble: (offset, path, message) => stumbles.push({ offset, path, message }),
  })
  if (root.size <= maxValues) return { root, stumbles, position }
  return refuse(`stands for more than ${maxValues.toLocaleString('en')} values once its aliases are followed`)
}
