/** An inclusive range of status codes. */
export type StatusRange = readonly [from: number, to: number]

/**
 * Parses `204`, `2xx` or `200-299`. Undefined if it is none of these, or outside 100–599, the codes that HTTP defines
 * (RFC 9110, section 15).
 */
export function parseStatus(text: string): StatusRange | undefined {
  const [, hundreds, from, to] = /^(?:([1-5])xx|([1-5]\d\d)(?:-([1-5]\d\d))?)$/i.exec(text) ?? []
  if (hundreds !== undefined) return [Number(hundreds) * 100, Number(hundreds) * 100 + 99]
  if (from === undefined) return undefined
  const range = [Number(from), Number(to ?? from)] as const
  return range[0] <= range[1] ? range : undefined
}

/** Formats ranges in their shortest form, such as `2xx, 301 or 400-404`. */
export function formatStatus(ranges: readonly StatusRange[]): string {
  const texts = ranges.map(([from, to]) => {
    if (from === to) return `${from}`
    return from % 100 === 0 && to === from + 99 ? `${from / 100}xx` : `${from}-${to}`
  })
  const last = texts.pop()
  return texts.length === 0 ? `${last}` : `${texts.join(', ')} or ${last}`
}
