import type { Clock } from '../../shared/clock.ts'

/** The machine's clock. Only `functions/` may use it; code in `shared/` receives a clock as an argument. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  timer(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}
