import { truncate, truncateBytes } from './truncate.ts'

const shortEscapes: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
}

/**
 * Quotes text that came from a target so that it is safe to show. Escapes everything that a terminal, a log
 * or a mail would act on instead of showing (control, format and bidirectional characters, line and
 * paragraph separators, lone surrogates) and truncates to `maxBytes`, quotes included.
 */
export function quote(text: string, maxBytes = 40): string {
  // Each character takes at least one byte, so anything beyond `maxBytes` characters cannot fit.
  const escaped = text
    .slice(0, maxBytes)
    .replace(
      /["\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
      (char) => shortEscapes[char] ?? `\\u{${char.codePointAt(0)!.toString(16)}}`,
    )
  const whole = text.length > maxBytes ? `${escaped}…` : escaped
  return `"${truncateBytes(whole, maxBytes - 2)}"`
}

/** Quotes text from the configuration file, at most 64 characters of it. */
export function quoteText(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 63)}…` : text)
}

/**
 * Escapes everything that could steer a terminal or change the writing direction: control characters, line
 * separators, bidirectional marks.
 */
export function escapeControls(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  )
}

/**
 * Turns text from outside (a target's answer, a name) into one harmless line.
 *
 * Control characters and line separators become spaces, so that nothing can forge a line of a mail or
 * steer a terminal. Format characters (Unicode category Cf: bidirectional overrides, zero-width and tag
 * characters) are removed, so that the text reads as it is stored. Lone surrogates, which UTF-8 cannot
 * encode, become U+FFFD.
 *
 * @param maxCharacters in code points; longer text ends with an ellipsis.
 */
export function toLine(text: string, maxCharacters: number): string {
  // Eight code units per character leave ample room for what is removed, and bound the cost of a huge text.
  const bounded = text.slice(0, maxCharacters * 8)
  const line = bounded
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Zs}]+/gu, ' ')
    .replace(/\p{Cf}/gu, '')
    .replace(/ {2,}/g, ' ')
    .trim()
  return truncate(line, maxCharacters)
}

/**
 * Makes text from a target safe for a terminal: control and format characters, which could move the cursor,
 * recolour the screen or reverse a line, are written as escapes such as `\x1b`. Spaces are kept.
 */
export function escapeForTerminal(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0)!
    if (character === '\n') return '\\n'
    if (character === '\r') return '\\r'
    if (character === '\t') return '\\t'
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}
