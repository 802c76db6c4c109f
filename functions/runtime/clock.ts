import type { Clock } from '../../shared/clock.ts'

/** The machine's own clock. Only `functions/` may use it; everything in `shared/` is handed one. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  timer(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}
