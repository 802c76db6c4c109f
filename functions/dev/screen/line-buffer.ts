import type { Tick } from '../../../shared/check.ts'
import type { Clock } from '../../../shared/clock.ts'
import type { Line } from '../../../shared/replay/lines.ts'
import type { Ticks } from './ticks.ts'
import { isArrival } from './transition-line.ts'

/**
 * Keeps a transition, and what follows from it, back while the line of its tick is about to come: a tick is
 * often decided before its last ballot is in, and people read votes before what was made of them. Arrivals
 * are kept in any case, since others are about to come.
 */
export interface LineBuffer {
  /** Whether the line is kept for a moment instead of being shown now. */
  keeps(line: Line): boolean
  /** What was kept and need not be any longer, in the order in which it came. */
  takeReady(): readonly Line[]
}

/** The ballots of a tick usually come within milliseconds of each other; an alert waits no longer than this. */
const maxDelayMs = 500

/** @param release gets what was kept when the moment is over and the line of the tick has not come. */
export function createLineBuffer(
  clock: Clock,
  ticks: Pick<Ticks, 'isWaiting'>,
  release: (lines: readonly Line[]) => void,
): LineBuffer {
  const kept: Line[] = []
  let tick: Tick | undefined
  let cancel = () => {}

  function take(): readonly Line[] {
    cancel()
    tick = undefined
    return kept.splice(0)
  }

  return {
    keeps(line) {
      if (line.type !== 'transition' && line.type !== 'alert') return false
      if (tick === undefined) {
        if (line.type === 'alert' || !(ticks.isWaiting(line.tick) || isArrival(line))) return false
        tick = line.tick
        cancel = clock.timer(maxDelayMs, () => release(take()))
      }
      kept.push(line)
      return true
    },
    takeReady: () => (tick === undefined || ticks.isWaiting(tick) ? [] : take()),
  }
}
