import { truncate, truncateBytes } from './truncate.ts'

const shortEscapes: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
}

/**
 * Text that came from a target, safe to show: in double quotes, with everything escaped that a terminal, a
 * log or a mail would act on instead of showing it (control, format and bidirectional characters, line and
 * paragraph separators, lone surrogates), and cut to `maxBytes` including the quotes.
 */
export function quote(text: string, maxBytes = 40): string {
  // Each character takes at least one byte: what lies beyond can not be shown anyway.
  const escaped = text
    .slice(0, maxBytes)
    .replace(
      /["\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
      (char) => shortEscapes[char] ?? `\\u{${char.codePointAt(0)!.toString(16)}}`,
    )
  const whole = text.length > maxBytes ? `${escaped}…` : escaped
  return `"${truncateBytes(whole, maxBytes - 2)}"`
}

/** A text of the file in a message: in quotes, at most 64 characters of it. */
export function quoteText(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 63)}…` : text)
}

/**
 * The text with everything escaped that could steer a terminal or turn the direction of writing: control
 * characters, line separators, bidirectional marks.
 */
export function escapeControls(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  )
}

/**
 * Text from outside (a target's words, a name) as one harmless line.
 *
 * Control characters and line separators become spaces, so that nothing can forge a line of a mail or
 * steer a terminal. Format characters (Unicode category Cf: bidirectional overrides, zero-width and tag
 * characters) disappear, so that the text reads as it is stored. Lone surrogates, which UTF-8 cannot
 * carry, become U+FFFD.
 *
 * @param maxCharacters in code points; what is longer ends with an ellipsis.
 */
export function toLine(text: string, maxCharacters: number): string {
  // Eight code units for each character are plenty, whatever will disappear; a huge text costs no more.
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
 * Text from outside (a target's words) as a terminal may be given it: control and format characters, which
 * could move the cursor, recolour the screen or reverse a line, are spelled as escapes, `\x1b`. Spaces stay
 * as they are.
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
