/** Maximum size of a vote's detail in a ballot. */
const maxDetailBytes = 120

/** Truncates `text` to `maxBytes` of UTF-8, between code points; an ellipsis marks the cut. */
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

/** Appends a non-empty remark in parentheses; if that exceeds a detail's size, the text is cut, not the remark. */
export function withRemark(text: string, remark: string): string {
  if (remark === '') return text
  const end = ` (${remark})`
  return `${truncateBytes(text, maxDetailBytes - Buffer.byteLength(end))}${end}`
}

/** Truncates `text` to `maxCharacters` code points, including the ellipsis that marks the cut. */
export function truncate(text: string, maxCharacters: number): string {
  const characters = [...text]
  return characters.length <= maxCharacters ? text : `${characters.slice(0, maxCharacters - 1).join('')}…`
}

const encoder = new TextEncoder()

/** A text's length in bytes of UTF-8. */
export function utf8Bytes(text: string): number {
  return encoder.encode(text).byteLength
}

/** Truncates `text` to `width` characters, ending in `ellipsis` if it was cut. */
export function truncateTo(text: string, width: number, ellipsis: string): string {
  const characters = [...text]
  if (characters.length <= width) return text
  return `${characters.slice(0, Math.max(0, width - ellipsis.length)).join('')}${ellipsis}`
}
