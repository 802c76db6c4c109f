/**
 * Text from outside (a target's words) as a terminal may be given it: control and format characters, which
 * could move the cursor, recolour the screen or reverse a line, are spelled as escapes, `\x1b`. Spaces stay
 * as they are.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0)!
    if (character === '\n') return '\\n'
    if (character === '\r') return '\\r'
    if (character === '\t') return '\\t'
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}

/** The beginning of a text in at most `width` characters, ending in `ellipsis` where it was cut. */
export function cut(text: string, width: number, ellipsis: string): string {
  const characters = [...text]
  if (characters.length <= width) return text
  return `${characters.slice(0, Math.max(0, width - ellipsis.length)).join('')}${ellipsis}`
}

/** Breaks a text at its spaces into lines of at most `width` characters; a longer word is broken itself. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((part) => pieces(part, width))) {
    if (line === '') line = word
    else if (line.length + 1 + word.length <= width) line += ` ${word}`
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line]
}

function pieces(word: string, width: number): readonly string[] {
  const characters = [...word]
  const found: string[] = []
  for (let start = 0; start < characters.length; start += width) {
    found.push(characters.slice(start, start + width).join(''))
  }
  return found
}
