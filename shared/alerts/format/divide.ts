/** A list that had to fit: the first items whole, the next ones briefly, the rest only as a number. */
export interface Division<T> {
  readonly whole: readonly T[]
  readonly brief: readonly T[]
  readonly omitted: number
}

/** At most this many checks of one message come with their votes. */
const maxWhole = 20

/**
 * Divides items, the most important first, so that they fit. The first item that does not fit ends its
 * part, lest a less important one be shown in its place.
 *
 * @param limits how many bytes the whole items may take at most; what they leave of `bytes` is for the
 *   brief ones.
 * @param bytesOf an item as it will be sent, whole or briefly.
 */
export function divide<T>(
  items: readonly T[],
  limits: { readonly bytes: number; readonly wholeBytes: number },
  bytesOf: { whole(item: T): number; brief(item: T): number },
): Division<T> {
  const whole = takeWithin(items.slice(0, maxWhole), limits.wholeBytes, bytesOf.whole)
  const left = limits.bytes - whole.size
  const brief = takeWithin(items.slice(whole.items.length), left, bytesOf.brief)
  return {
    whole: whole.items,
    brief: brief.items,
    omitted: items.length - whole.items.length - brief.items.length,
  }
}

/** The longest beginning of a list whose sizes add up to at most `limit`, and what they add up to. */
export function takeWithin<T>(
  items: readonly T[],
  limit: number,
  sizeOf: (item: T) => number,
): { readonly items: readonly T[]; readonly size: number } {
  let size = 0
  for (const [index, item] of items.entries()) {
    const next = size + sizeOf(item)
    if (next > limit) return { items: items.slice(0, index), size }
    size = next
  }
  return { items, size }
}
