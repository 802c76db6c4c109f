import type { ErrorCode, YAMLError } from 'yaml'

/** Messages for common mistakes, saying what to do, by the parser's code. */
const byCode: Partial<Record<ErrorCode, string>> = {
  TAB_AS_INDENT: 'is indented with a tab, must be indented with spaces',
  MULTIPLE_DOCS: 'begins a second document, must be one document (no line --- after the first)',
  NON_STRING_KEY: 'is a key that is a list or a mapping, must be text',
  BAD_SCALAR_START: 'is a plain text that begins with a reserved character; put the text in quotes',
  RESOURCE_EXHAUSTION: 'is nested too deeply',
}

/** The same by the parser's message, for codes that cover several mistakes. */
const byMessage: readonly (readonly [RegExp, string])[] = [
  [/^Nested mappings are not allowed/, 'has a colon inside a plain text; put the text in quotes'],
  [/ end with a \]$/, 'comes after a list that is not closed; ] is missing'],
  [/ end with a \}$/, 'comes after a mapping that is not closed; } is missing'],
  [/^Missing closing '/, "comes after a text that is not closed; ' is missing"],
  [/^Missing closing "/, 'comes after a text that is not closed; " is missing'],
]

interface SyntaxError {
  readonly offset: number
  readonly message: string
}

/**
 * Turns errors of the YAML parser into sentences, one per line of the file: further errors in a line are usually
 * consequences of the first.
 */
export function wordSyntaxErrors(
  errors: readonly YAMLError[],
  text: string,
  line: (offset: number) => number,
): readonly SyntaxError[] {
  const tooDeep = errors.find((error) => error.code === 'RESOURCE_EXHAUSTION')
  const byLine = new Map<number, SyntaxError>()
  for (const error of tooDeep === undefined ? errors : [tooDeep]) {
    const offset = Math.max(0, error.pos[0])
    if (!byLine.has(line(offset))) byLine.set(line(offset), { offset, message: word(error, text) })
  }
  return [...byLine.values()]
}

function word(error: YAMLError, text: string): string {
  if (error.code === 'TAG_RESOLVE_FAILED') {
    const tag = /^!\S{0,40}/.exec(text.slice(error.pos[0], error.pos[0] + 41))?.[0]
    if (tag !== undefined) return `has the tag ${tag}, which means nothing here; write plain YAML`
  }
  const [message] = error.message.split('\n') as [string]
  const known = byCode[error.code] ?? byMessage.find(([pattern]) => pattern.test(message))?.[1]
  return known ?? `is not valid YAML: ${message}`
}
