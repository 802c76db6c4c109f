// The state machine from verdicts to statuses. n is the delay of the direction: `down` towards worse, `up`
// towards better. A name in brackets is a counter of consecutive decided ticks.
//
//                       [offline] >= n.down
//         +-------------------------------------------------+
//         |                                                 v
//   +-----------+  [atLeastDegraded] >= n.down  +----------+  [offline] >= n.down  +---------+
//   |  online   | ----------------------------> | degraded | --------------------> | offline |
//   |           | <---------------------------- |          | <-------------------- |         |
//   +-----------+       [online] >= n.up        +----------+ [atMostDegraded]>=n.up +---------+
//         ^                                                                             |
//         +-----------------------------------------------------------------------------+
//                                    [online] >= n.up
//
//   pending -> offline   [offline] >= n.down
//   pending -> online    [online] >= n.up
//   pending -> degraded  [atLeastDegraded] >= n.down or [atMostDegraded] >= n.up
import type { Decided, Delay, Status, Tick } from '../check.ts'

/** A check's status and its counters of consecutive decided ticks. */
export interface Row {
  readonly status: Status
  /** The tick of the last change of status. */
  readonly since: Tick
  /** Verdict degraded or offline. */
  readonly atLeastDegraded: number
  readonly offline: number
  /** Verdict online or degraded. */
  readonly atMostDegraded: number
  readonly online: number
  /** Consecutive blind ticks, up to the last decided one. */
  readonly blind: number
}

/** The row of a check about which nothing is known yet. */
export function pendingRow(tick: Tick): Row {
  return {
    status: 'pending',
    since: tick,
    atLeastDegraded: 0,
    offline: 0,
    atMostDegraded: 0,
    online: 0,
    blind: 0,
  }
}

/** The meaning of a missing row: online, with nothing counted against it. */
export function onlineRow(since: Tick): Row {
  return { ...pendingRow(since), status: 'online' }
}

/**
 * Whether a row can be dropped because a missing row means the same. While a check is online, only the
 * counters against it matter: the two counters of good ticks are read in other statuses only, and are reset
 * on every path to those.
 */
export function isPlainlyOnline(row: Row): boolean {
  return row.status === 'online' && row.atLeastDegraded === 0 && row.offline === 0 && row.blind === 0
}

/**
 * The row after one more decided tick. A change of status shows in `status` and `since`.
 *
 * After more than n blind ticks in a row, what was seen before them no longer counts towards a streak; each
 * counter uses the n of its own direction.
 */
export function advance(row: Row, verdict: Decided, delay: Delay, tick: Tick): Row {
  if (verdict === 'blind') return silence(row, row.blind + 1, delay)
  const bad = verdict === 'degraded' || verdict === 'offline'
  const good = verdict === 'degraded' || verdict === 'online'
  const next = {
    status: row.status,
    since: row.since,
    atLeastDegraded: bad ? row.atLeastDegraded + 1 : 0,
    offline: verdict === 'offline' ? row.offline + 1 : 0,
    atMostDegraded: good ? row.atMostDegraded + 1 : 0,
    online: verdict === 'online' ? row.online + 1 : 0,
    blind: 0,
  }
  const status = nextStatus(next, delay)
  return status === row.status ? next : { ...next, status, since: tick }
}

/** The row once its number of consecutive blind ticks is `blind`. */
export function silence(row: Row, blind: number, delay: Delay): Row {
  const down = blind <= delay.down
  const up = blind <= delay.up
  return {
    ...row,
    atLeastDegraded: down ? row.atLeastDegraded : 0,
    offline: down ? row.offline : 0,
    atMostDegraded: up ? row.atMostDegraded : 0,
    online: up ? row.online : 0,
    blind,
  }
}

function nextStatus(row: Row, delay: Delay): Status {
  const offline = row.offline >= delay.down
  const online = row.online >= delay.up
  switch (row.status) {
    case 'online':
      if (offline) return 'offline'
      return row.atLeastDegraded >= delay.down ? 'degraded' : 'online'
    case 'degraded':
      if (offline) return 'offline'
      return online ? 'online' : 'degraded'
    case 'offline':
      if (online) return 'online'
      return row.atMostDegraded >= delay.up ? 'degraded' : 'offline'
    case 'pending':
      if (offline) return 'offline'
      if (online) return 'online'
      return row.atLeastDegraded >= delay.down || row.atMostDegraded >= delay.up ? 'degraded' : 'pending'
  }
}
