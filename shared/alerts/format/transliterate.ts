// Letters and signs that Unicode's own decomposition (NFKD) does not take apart. Typographic signs first,
// because they are what people and servers really write.
const spelled: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '‘': "'",
    '’': "'",
    '‚': "'",
    '`': "'",
    '“': '"',
    '”': '"',
    '„': '"',
    '«': '"',
    '»': '"',
    '–': '-',
    '—': '-',
    '−': '-',
    '‐': '-',
    '‑': '-',
    '→': '->',
    '←': '<-',
    '•': '*',
    '·': '.',
    '×': 'x',
    '€': 'EUR',
    '£': 'GBP',
    ß: 'ss',
    æ: 'ae',
    Æ: 'AE',
    ø: 'o',
    Ø: 'O',
    œ: 'oe',
    Œ: 'OE',
    đ: 'd',
    Đ: 'D',
    ð: 'd',
    Ð: 'D',
    ł: 'l',
    Ł: 'L',
    þ: 'th',
    Þ: 'Th',
    ı: 'i',
  }),
)

/**
 * The text in the characters that `allows` lets pass. Others are spelled with them: without their accents,
 * as their typewriter equivalent, at last as `?`. ASCII letters and digits, `.`, `-`, `'`, `"`, `<`, `>`,
 * `*` and `?` must be among the allowed ones.
 */
export function transliterate(text: string, allows: (character: string) => boolean): string {
  let result = ''
  for (const character of text) {
    if (allows(character)) {
      result += character
      continue
    }
    const known = spelled.get(character)
    if (known !== undefined) {
      result += known
      continue
    }
    for (const part of character.normalize('NFKD')) {
      if (/\p{M}/u.test(part)) continue
      result += allows(part) ? part : (spelled.get(part) ?? '?')
    }
  }
  return result
}

/** The text in printable ASCII. */
export function toAscii(text: string): string {
  return transliterate(text, (character) => character >= ' ' && character <= '~')
}
