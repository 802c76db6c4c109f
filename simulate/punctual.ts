import type { ShardId, Tick, VoterName } from '../shared/check.ts'
import type { Job } from '../shared/plan/schedule.ts'
import type { Ballot } from '../shared/quorum/ballot.ts'
import type { FaultKind } from './faults.ts'
import type { Loop } from './loop.ts'
import type { Table } from './table.ts'

// Voters vote at their ticks: the twin takes ballots as they are, so no other oracle would miss one.

/** Faults that never delay or suppress a ballot. Where no other is on, every voter is heard at every tick, in time. */
const harmless: ReadonlySet<FaultKind> = new Set([
  'stale',
  'streamLag',
  'redelivery',
  'trim',
  'refusedPublish',
  'deadTopic',
  'lostPublish',
  'brokenApply',
  'twoHands',
  'edit',
  'move',
])
/** A job is sent within a second, appears within 0.3 s, and waits for the mapping to grow. */
const startsWithinMs = 3_000

export interface PunctualJudge {
  /** A voter begins to probe. */
  onProbe(voter: VoterName, job: Job): void
  /** A voter sends a ballot. `nowMs`: by its own clock. */
  onBallot(shard: ShardId, ballot: Ballot, late: boolean, nowMs: number): void
  /** A shard has closed the ticks after one, up to and with another. */
  onClosed(shard: ShardId, after: Tick, upTo: Tick): void
}

export interface PunctualOptions {
  readonly loop: Pick<Loop, 'now'>
  readonly graceMs: number
  readonly on: readonly FaultKind[]
  table(): Table
  fail(breach: string): void
}

export function createPunctualJudge({ loop, graceMs, on, table, fail }: PunctualOptions): PunctualJudge {
  const isCalm = on.every((kind) => harmless.has(kind))
  const deadlineOf = (tick: Tick, checks: readonly { readonly timeoutMs: number }[]) =>
    tick * 1000 + Math.max(...checks.map((check) => check.timeoutMs)) + graceMs

  return {
    onProbe(voter, { shard, tick }) {
      const lateMs = loop.now() - tick * 1000
      if (!isCalm || (lateMs >= 0 && lateMs <= startsWithinMs)) return
      fail(`${voter} probes ${shard} for ${tick} ${Math.round(lateMs)} ms after its tick`)
    },

    onBallot(shard, { voter, tick, plan }, late, nowMs) {
      const document = table().document(plan, shard)
      if (late || document === undefined) return
      if (nowMs <= deadlineOf(tick, document.checks) - graceMs / 2) return
      fail(`${voter} sends a ballot of ${shard} for ${tick} too late, and does not say so`)
    },

    onClosed(shard, after, upTo) {
      if (!isCalm) return
      const interval = Number.parseInt(shard, 10)
      for (let tick = (after + interval) as Tick; tick <= upTo; tick = (tick + interval) as Tick) {
        const entry = table().current.entries.findLast(({ from }) => from <= tick)
        const document = entry && table().document(entry.version, shard)
        if (document === undefined || loop.now() < deadlineOf(tick, document.checks)) continue
        const heard = new Set(
          table()
            .ballotsAt(shard, tick)
            .map(({ ballot }) => ballot.voter),
        )
        const missing = document.voters.find((voter) => !heard.has(voter))
        if (missing !== undefined) fail(`${missing} has no ballot of ${shard} for ${tick}`)
      }
    },
  }
}
