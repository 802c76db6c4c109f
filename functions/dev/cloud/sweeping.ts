import type { Clock } from '../../../shared/clock.ts'
import { onInterval } from './interval.ts'

/** The sweep comes each minute in the cloud; here somebody is watching. */
const everyMs = 2_000
/** So long after the last sweep, the next one finds a machine that has slept. */
const asleepMs = 20_000

export interface SweepingOptions {
  readonly clock: Clock
  sweep(): Promise<unknown>
  /** Called before the first sweep after a sleep. */
  wake(): Promise<void>
  invoke(act: () => Promise<unknown>): void
}

/** Sweeps every other second, never twice at a time. Returns how to end it. */
export function keepSweeping({ clock, sweep, wake, invoke }: SweepingOptions): () => void {
  let sweptMs = clock.now()
  let isSweeping = false
  async function sweepOnce(): Promise<void> {
    if (isSweeping) return
    isSweeping = true
    try {
      if (clock.now() - sweptMs > asleepMs) await wake()
      await sweep()
    } finally {
      sweptMs = clock.now()
      isSweeping = false
    }
  }
  return onInterval(clock, everyMs, () => invoke(sweepOnce))
}
