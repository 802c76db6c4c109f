/** Breaks a text at spaces into lines of at most `width` characters; a longer word is split. */
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
