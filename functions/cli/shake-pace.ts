import type { Lifetime } from '../../shared/lifetime.ts'
import { systemClock as clock } from '../runtime/clock.ts'

/** Limits on how items are started. */
export interface Pace {
  readonly perSecond: number
  readonly atOnce: number
}

/** Time between two batches of starts. */
const stepMs = 10
/** Longest delay that later starts make up for, which bounds a burst. */
const maxCatchUpMs = 50

/**
 * Starts each of `items` at the given pace. Resolves when all have ended, or within `stepMs` of the end of `lifetime`.
 *
 * @param begin must not reject.
 */
export async function atPace<T>(
  items: Iterable<T>,
  { perSecond, atOnce }: Pace,
  begin: (item: T) => Promise<void>,
  lifetime: Lifetime,
): Promise<void> {
  const maxOwed = Math.max(1, (perSecond * maxCatchUpMs) / 1000)
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
    owed = Math.min(owed + ((nowMs - lastMs) * perSecond) / 1000, maxOwed)
    lastMs = nowMs
  }
}
