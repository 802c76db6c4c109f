import type { Decided, Delay, Status } from '../../shared/check.ts'

// A deliberately dumb twin of `advance`: it keeps every verdict and recounts all of them at each tick, from
// the newest back to the first.

/** The status after each of these decided ticks, for a check that starts as `first`. */
export function twinStatuses(history: readonly Decided[], delay: Delay, first: Status): readonly Status[] {
  const statuses: Status[] = []
  for (let ticks = 1; ticks <= history.length; ticks++) {
    statuses.push(tableRow(statuses.at(-1) ?? first, history.slice(0, ticks), delay))
  }
  return statuses
}

/** The transition table, row by row. */
function tableRow(status: Status, history: readonly Decided[], { down, up }: Delay): Status {
  const offline = streak(history, ['offline'], down) >= down
  const atLeastDegraded = streak(history, ['degraded', 'offline'], down) >= down
  const atMostDegraded = streak(history, ['online', 'degraded'], up) >= up
  const online = streak(history, ['online'], up) >= up
  if (status === 'online') return offline ? 'offline' : atLeastDegraded ? 'degraded' : 'online'
  if (status === 'degraded') return offline ? 'offline' : online ? 'online' : 'degraded'
  if (status === 'offline') return online ? 'online' : atMostDegraded ? 'degraded' : 'offline'
  return offline ? 'offline' : online ? 'online' : atLeastDegraded || atMostDegraded ? 'degraded' : 'pending'
}

/**
 * The length of the newest streak of verdicts in `counted`. Blind ticks neither count nor end the streak,
 * unless more than `delay` of them follow each other.
 */
function streak(history: readonly Decided[], counted: readonly Decided[], delay: number): number {
  let length = 0
  let blind = 0
  for (const verdict of history.toReversed()) {
    if (verdict === 'blind') {
      blind++
      if (blind > delay) return length
    } else if (counted.includes(verdict)) {
      blind = 0
      length++
    } else {
      return length
    }
  }
  return length
}
