import type { Clock } from '../../../shared/clock.ts'

/** Timers may be called a little before their time. */
const earlyMs = 50

/**
 * Calls `act` at every whole `periodMs` of the clock, with that moment. What was missed, as by a machine that
 * slept, is not made up for; a clock that is set costs one period at most. Returns how to end it.
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
