import type { Tick } from '../../../shared/check.ts'
import type { Clock } from '../../../shared/clock.ts'
import type { Line } from '../../../shared/replay/lines.ts'
import type { Ticks } from './ticks.ts'
import { isArrival } from './transition-line.ts'

/**
 * Holds back a transition and its alerts until the line of their tick is printed: a tick is often decided before its
 * last ballot arrives, and readers should see the votes first. Arrivals (pending → online) are always held back, since
 * more of them are about to follow.
 */
export interface LineBuffer {
  /** Whether the line was held back; otherwise the caller prints it now. */
  keeps(line: Line): boolean
  /** Returns, in order of arrival, the held lines that need not wait any longer. */
  takeReady(): readonly Line[]
}

/** Longest time that a line is held back; the ballots of a tick usually arrive within milliseconds of each other. */
const maxDelayMs = 500

/** @param release receives the held lines if the line of their tick has not come within `maxDelayMs`. */
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
