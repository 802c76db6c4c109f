import type { Lifetime } from '../../shared/lifetime.ts'
import { systemClock as clock } from '../runtime/clock.ts'

/** How fast, and how many at once. */
export interface Pace {
  readonly perSecond: number
  readonly atOnce: number
}

/** Some are begun every so often. */
const stepMs = 10
/** What was missed is made up for as far as this, so that nothing comes in a burst. */
const mostOwedMs = 50

/**
 * Begins each of `items` at the pace, and returns when all have ended, or soon after `lifetime` has.
 *
 * @param begin never rejects.
 */
export async function atPace<T>(
  items: Iterable<T>,
  { perSecond, atOnce }: Pace,
  begin: (item: T) => Promise<void>,
  lifetime: Lifetime,
): Promise<void> {
  const mostOwed = Math.max(1, (perSecond * mostOwedMs) / 1000)
  const waiting = items[Symbol.iterator]()
  let next = waiting.next()
  let owed = 1
  let busy = 0
  let lastMs = clock.monotonic()
  while ((!next.done || busy > 0) && lifetime.reason === undefined) {
    for (; owed >= 1 && !next.done && busy < atOnce; owed--) {
      busy++
      void begin(next.value).then(() => busy--)
      next = waiting.next()
    }
    await new Promise<void>((resolve) => void clock.timer(stepMs, resolve))
    const nowMs = clock.monotonic()
    owed = Math.min(owed + ((nowMs - lastMs) * perSecond) / 1000, mostOwed)
    lastMs = nowMs
  }
}
