/** A ballot keeps at most this much of why a vote was not online. */
const maxDetailBytes = 120

/** `text` in at most `maxBytes` of UTF-8, cut between code points, an ellipsis showing that it was cut. */
export function truncateBytes(text: string, maxBytes = maxDetailBytes): string {
  if (Buffer.byteLength(text) <= maxBytes) return text
  let bytes = Buffer.byteLength('…')
  let end = 0
  for (const point of text) {
    bytes += Buffer.byteLength(point)
    if (bytes > maxBytes) break
    end += point.length
  }
  return `${text.slice(0, end)}…`
}

/** The text with a remark behind it in parentheses, where there is one: what is cut of the detail of a vote is the text. */
export function withRemark(text: string, remark: string): string {
  if (remark === '') return text
  const end = ` (${remark})`
  return `${truncateBytes(text, maxDetailBytes - Buffer.byteLength(end))}${end}`
}

/** The text, or its beginning and an ellipsis, in at most `maxCharacters` code points. */
export function truncate(text: string, maxCharacters: number): string {
  const characters = [...text]
  return characters.length <= maxCharacters ? text : `${characters.slice(0, maxCharacters - 1).join('')}…`
}

const encoder = new TextEncoder()

/** The length of a text in bytes of UTF-8. */
export function utf8Bytes(text: string): number {
  return encoder.encode(text).byteLength
}

/** The beginning of a text in at most `width` characters, ending in `ellipsis` where it was cut. */
export function truncateTo(text: string, width: number, ellipsis: string): string {
  const characters = [...text]
  if (characters.length <= width) return text
  return `${characters.slice(0, Math.max(0, width - ellipsis.length)).join('')}${ellipsis}`
}
