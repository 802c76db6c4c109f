import type { Clock } from '../clock.ts'

/** Measures how long this process was kept from running, by its own work or by its machine. */
export interface StallWatch {
  /** Milliseconds of stalls since the start, up to now. Never decreases. */
  totalMs(): number
  stop(): void
}

const beatMs = 50
/** A timer may be this late on a busy but healthy machine; only more than this is a stall. */
const toleranceMs = 25

/**
 * Measures event-loop stalls by the lateness of a timer. A target must not be blamed for a voter that was frozen,
 * swapped out or busy, so stalls are subtracted from latencies and added to timeouts.
 */
export function watchStalls(clock: Clock): StallWatch {
  let totalMs = 0
  let dueMs = 0
  let cancel = () => {}

  const lateMs = () => {
    const late = clock.monotonic() - dueMs
    return late > toleranceMs ? late : 0
  }
  const beat = () => {
    dueMs = clock.monotonic() + beatMs
    cancel = clock.timer(beatMs, () => {
      totalMs += lateMs()
      beat()
    })
  }
  beat()
  return {
    totalMs: () => totalMs + lateMs(),
    stop: () => cancel(),
  }
}
