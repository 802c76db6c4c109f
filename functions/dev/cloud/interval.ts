import type { Clock } from '../../../shared/clock.ts'

/** Timers may fire this much early. */
const earlyMs = 50

/**
 * Calls `act` at every multiple of `periodMs` on the clock, with that time. Calls missed while the machine slept are
 * not made up for, and setting the clock delays the next call by at most one period. Returns a function that stops it.
 */
export function onInterval(clock: Clock, periodMs: number, act: (dueMs: number) => void): () => void {
  let cancel = () => {}
  function arm(afterMs: number) {
    const delayMs = Math.min(periodMs, Math.max(0, afterMs + periodMs - clock.now()))
    cancel = clock.timer(delayMs, () => {
      const dueMs = lastWhole(clock.now() + earlyMs)
      arm(dueMs)
      act(dueMs)
    })
  }
  const lastWhole = (ms: number) => Math.floor(ms / periodMs) * periodMs
  arm(lastWhole(clock.now()))
  return () => cancel()
}
