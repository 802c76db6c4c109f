/** A list divided to fit: the first items in full, the next ones in brief, the rest only counted. */
export interface Division<T> {
  readonly whole: readonly T[]
  readonly brief: readonly T[]
  readonly omitted: number
}

/** Maximum checks in a message with their votes. */
const maxWhole = 20

/**
 * Divides items, given by importance, so that they fit. The first item that does not fit ends its part, so that no
 * less important one is shown in its place.
 *
 * @param limits `wholeBytes` bounds the whole items; the rest of `bytes` is for the brief ones.
 * @param bytesOf the size of an item as sent, whole or brief.
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

/** The longest prefix of a list whose sizes sum up to at most `limit`, and that sum. */
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
