// Letters and signs that Unicode's compatibility decomposition (NFKD) leaves whole. Typographic signs come first,
// as the most common in practice.
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
 * Converts text to the characters that `allows` accepts. Others lose their accents or become their ASCII
 * equivalent, or else `?`. `allows` must accept ASCII letters and digits, `.`, `-`, `'`, `"`, `<`, `>`, `*` and
 * `?`.
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

/** Converts text to printable ASCII. */
export function toAscii(text: string): string {
  return transliterate(text, (character) => character >= ' ' && character <= '~')
}
