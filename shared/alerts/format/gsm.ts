import { transliterate } from './transliterate.ts'

// The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038, section 6.2.1, formerly GSM
// 03.38), without line breaks and form feed, because our SMS are one line.
const basic = new Set(
  '@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
    '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)
const extension = new Set('^{}\\[~]|€')

/** A text's length in septets; undefined if it has a character outside the alphabet. */
export function gsmLength(text: string): number | undefined {
  let length = 0
  for (const character of text) {
    if (basic.has(character)) length += 1
    else if (extension.has(character)) length += 2
    else return undefined
  }
  return length
}

/** Converts text to the alphabet: other characters are transliterated or replaced by `?`. */
export function toGsm(text: string): string {
  return transliterate(text, (character) => basic.has(character) || extension.has(character))
}

/** Converts text to the alphabet and truncates it to `maxLength` septets, ending in `...` if it was cut. */
export function clipGsm(text: string, maxLength: number): string {
  const whole = toGsm(text)
  if (gsmLength(whole)! <= maxLength) return whole
  let length = 0
  let cut = ''
  for (const character of whole) {
    length += extension.has(character) ? 2 : 1
    if (length > maxLength - 3) break
    cut += character
  }
  return `${cut.trimEnd()}...`
}
