import type { Clock } from '../clock.ts'

/** How long this process was kept from running, by itself or by its machine. */
export interface StallWatch {
  /** Milliseconds of stalls since the start, up to this very moment. Never falls. */
  totalMs(): number
  stop(): void
}

const beatMs = 50
/** Timers are this late on a busy and healthy machine; below it a stall is no stall. */
const toleranceMs = 25

/**
 * Watches the event loop by a timer's lateness. A target must not be blamed for a voter that was frozen,
 * swapped out or busy: what is late here is taken off latencies and given back to timeouts.
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
