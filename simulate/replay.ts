import type { CheckName, Tick, VoterName } from '../shared/check.ts'
import type { ShardPlan } from '../shared/plan/plan.ts'
import { unpackVote } from '../shared/quorum/ballot.ts'
import type { BallotLine } from '../shared/replay/lines.ts'
import { createRecording, type Replayed } from '../shared/replay/recording.ts'
import { replay } from '../shared/replay/replay.ts'
import type { Table } from './table.ts'
import type { TwinTransition } from './twin.ts'

/**
 * Whether a replay of the ballots that were there at each deadline gives the very transitions that were committed. For
 * one shard that had the same plan all the time.
 */
export function judgeReplay(
  document: ShardPlan,
  table: Table,
  committed: readonly TwinTransition[],
  graceMs: number,
  fail: (breach: string) => void,
): void {
  const state = table.states.get(document.shard)
  if (state === undefined) return
  const { intervalSeconds, voters, version } = document
  const checks: readonly Replayed[] = document.checks.map((check) => ({ ...check, voters, intervalSeconds }))
  const recording = createRecording(checks)
  const timeoutMs = Math.max(...document.checks.map((check) => check.timeoutMs))
  for (const { ballot, writtenMs } of table.allBallots(document.shard)) {
    if (ballot.tick > state.tick) continue
    // Whether the quorum had this one cannot be known: a replay may differ from it.
    if (writtenMs >= ballot.tick * 1000 + timeoutMs + graceMs) return
    const votes: Record<CheckName, BallotLine['votes'][CheckName]> = {}
    for (const [index, check] of document.checks.entries()) {
      votes[check.name] = unpackVote(ballot, index, check, version)
    }
    recording.add(lineOf(ballot.tick, ballot.voter, votes))
  }
  const words = (one: { check: string; from: string; to: string; tick: number }) =>
    `${one.tick} ${one.check} ${one.from} ${one.to}`
  const expected = committed.filter(({ shard }) => shard === document.shard).map(words)
  const replayed = replay(checks, recording).map(words)
  const [odd] = new Set([...expected, ...replayed]).symmetricDifference(
    new Set(expected.filter((one) => replayed.includes(one))),
  )
  if (odd !== undefined) fail(`a replay of ${document.shard} differs: ${odd}`)
}

function lineOf(tick: Tick, voter: VoterName, votes: BallotLine['votes']): BallotLine {
  return { type: 'ballot', tick, voter, votes } as BallotLine
}
