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
export function plain(text: string, maxCharacters: number): string {
  // Eight code units for each character are plenty, whatever will disappear; a huge text costs no more.
  const bounded = text.slice(0, maxCharacters * 8)
  const line = bounded
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Zs}]+/gu, ' ')
    .replace(/\p{Cf}/gu, '')
    .replace(/ {2,}/g, ' ')
    .trim()
  return clip(line, maxCharacters)
}

/** The text, or its beginning and an ellipsis, in at most `maxCharacters` code points. */
export function clip(text: string, maxCharacters: number): string {
  const characters = [...text]
  return characters.length <= maxCharacters ? text : `${characters.slice(0, maxCharacters - 1).join('')}…`
}

const encoder = new TextEncoder()

/** The length of a text in bytes of UTF-8. */
export function utf8Bytes(text: string): number {
  return encoder.encode(text).byteLength
}
