import type { Clock } from '../../../shared/clock.ts'
import { onInterval } from './interval.ts'

/** On AWS the sweep runs every minute; locally someone is watching the screen. */
const everyMs = 2_000
/** A longer gap since the last sweep means that the machine was asleep. */
const asleepMs = 20_000

export interface SweepingOptions {
  readonly clock: Clock
  sweep(): Promise<unknown>
  /** Called before the first sweep after a sleep. */
  wake(): Promise<void>
  invoke(act: () => Promise<unknown>): void
}

/** Sweeps every two seconds, never concurrently. Returns a function that stops it. */
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
