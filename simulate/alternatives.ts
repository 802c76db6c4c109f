import type { Decided, Tick } from '../shared/check.ts'
import type { PlannedCheck, ShardPlan } from '../shared/plan/plan.ts'
import type { StoredBallot } from './table.ts'
import { follow, type TwinCheck, type TwinTransition } from './twin.ts'

/** A check as it may stand, and the changes that this commit would have brought with it. */
export interface Alternative extends TwinCheck {
  readonly changes: readonly TwinTransition[]
}

/** Verdicts that a twin keeps: more than any delay looks back on. */
const keptVerdicts = 40

/** The sets of ballots that the evaluator may have read when it closed a tick: those of the deadline, or of later. */
export function candidateBallots(
  stored: readonly StoredBallot[],
  deadlineMs: number,
  nowMs: number,
): readonly (readonly StoredBallot[])[] {
  if (nowMs < deadlineMs) return [stored]
  const inTime = stored.filter(({ writtenMs }) => writtenMs < deadlineMs).length
  return Array.from({ length: stored.length - inTime + 1 }, (_, more) => stored.slice(0, inTime + more))
}

export function alternativeAfter(
  before: Alternative,
  verdict: Decided,
  check: PlannedCheck,
  { shard, version: plan }: ShardPlan,
  tick: Tick,
): Alternative {
  const next = follow(before, verdict, check.delay, tick)
  const isSame = next.status === before.status
  return {
    ...next,
    verdicts: next.verdicts.slice(-keptVerdicts),
    changes: isSame
      ? before.changes
      : [...before.changes, { check: check.name, shard, from: before.status, to: next.status, tick, plan }],
  }
}

export function pending(tick: Tick): Alternative {
  return { status: 'pending', verdicts: [], since: tick, changes: [] }
}
