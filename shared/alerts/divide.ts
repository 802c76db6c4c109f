/** A list that had to fit: the first items whole, the next ones briefly, the rest only as a number. */
export interface Division<T> {
  readonly whole: readonly T[]
  readonly brief: readonly T[]
  readonly omitted: number
}

/** At most this many checks of one message come with their votes. */
export const maxWhole = 20

/**
 * Divides items, the most important first, so that they fit. The first item that does not fit ends its
 * part, lest a less important one be shown in its place.
 *
 * @param bytes of an item as it will be sent, whole or briefly.
 */
export function divide<T>(
  items: readonly T[],
  limits: { readonly wholeBytes: number; readonly briefBytes: number },
  bytes: { whole(item: T): number; brief(item: T): number },
): Division<T> {
  const whole = takeWithin(items.slice(0, maxWhole), limits.wholeBytes, bytes.whole)
  const brief = takeWithin(items.slice(whole.length), limits.briefBytes, bytes.brief)
  return { whole, brief, omitted: items.length - whole.length - brief.length }
}

/** The longest beginning of a list whose sizes add up to at most `limit`. */
export function takeWithin<T>(items: readonly T[], limit: number, size: (item: T) => number): readonly T[] {
  let total = 0
  const end = items.findIndex((item) => {
    total += size(item)
    return total > limit
  })
  return end === -1 ? items : items.slice(0, end)
}
