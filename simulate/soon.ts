import type { ShardId, Tick } from '../shared/check.ts'
import type { State } from '../shared/quorum/state.ts'
import type { FaultKind } from './faults.ts'
import type { Loop } from './loop.ts'
import type { Table } from './table.ts'
import type { ToldTransition } from './topics.ts'

// How soon things happen while the home is well: the sweep mends much within a minute or two, and would hide that a
// stream's reader did not do its part.

/** Faults of voters and people, which the home cannot feel. */
const felt: ReadonlySet<FaultKind> = new Set([
  'crash',
  'throttle',
  'lostAnswer',
  'hang',
  'stale',
  'tableOutage',
  'streamLag',
  'redelivery',
  'trim',
  'lostSchedule',
  'refusedPublish',
  'deadTopic',
  'lostPublish',
])
/** From the last ballot of a tick to its closing, and from there to the message: two streams and some calls each. */
const closesWithinMs = 10_000
const tellsWithinMs = 20_000

export interface SoonJudge {
  onState(before: State | undefined, after: State): void
  onTold(transitions: readonly ToldTransition[]): void
}

export interface SoonOptions {
  readonly loop: Pick<Loop, 'now'>
  readonly on: readonly FaultKind[]
  table(): Table
  fail(breach: string): void
}

export function createSoonJudge({ loop, on, table, fail }: SoonOptions): SoonJudge {
  const isCalm = !on.some((kind) => felt.has(kind))
  const closedMs = new Map<ShardId, number>()
  /** By alertId, epoch ms. */
  const committedMs = new Map<string, number>()

  function judgeClosing(shard: ShardId, after: Tick, upTo: Tick): void {
    const interval = Number.parseInt(shard, 10)
    for (let tick = (after + interval) as Tick; tick <= upTo; tick = (tick + interval) as Tick) {
      const entry = table().current.entries.findLast(({ from }) => from <= tick)
      const document = entry && table().document(entry.version, shard)
      const ballots = table().ballotsAt(shard, tick)
      // Silence is found by the sweep.
      if (document === undefined || ballots.length < document.voters.length) continue
      const readyMs = Math.max(closedMs.get(shard) ?? 0, ...ballots.map(({ writtenMs }) => writtenMs))
      if (loop.now() - readyMs > closesWithinMs) {
        fail(`${shard} closed ${tick} ${Math.round((loop.now() - readyMs) / 1000)} s after its last ballot`)
      }
    }
  }

  return {
    onState(before, after) {
      const { shard, tick } = after
      if (!isCalm || shard.startsWith('~')) return
      if (before !== undefined) judgeClosing(shard, before.tick, tick)
      if (before?.tick !== tick) closedMs.set(shard, loop.now())
      for (const entry of after.outbox) {
        const id = `${entry.check}@${entry.tick}`
        if (!committedMs.has(id)) committedMs.set(id, loop.now())
      }
    },

    onTold(transitions) {
      for (const { alertId } of transitions) {
        const waitedMs = loop.now() - (committedMs.get(alertId) ?? loop.now())
        if (waitedMs > tellsWithinMs)
          fail(`${alertId} was told ${Math.round(waitedMs / 1000)} s after its commit`)
      }
    },
  }
}
