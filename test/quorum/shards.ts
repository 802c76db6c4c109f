import type { Delay, Vote } from '../../shared/check.ts'
import { type Ballot, packBallot } from '../../shared/quorum/ballot.ts'
import type { Judged, JudgedShard } from '../../shared/quorum/decide.ts'
import { lastStep, type Step } from '../../shared/quorum/outbox.ts'
import type { State } from '../../shared/quorum/state.ts'
import { check, tick, version, voter } from '../fixtures/words.ts'

// Short notation for shards and ballots: names as plain text, votes as letters.

export function judged(
  name: string,
  options: { confirmations?: number; delay?: Delay; slowMs?: number } = {},
): Judged {
  const { confirmations = 2, delay = { down: 2, up: 2 }, slowMs = 500 } = options
  return { name: check(name), confirmations, delay, slowMs }
}

export function shardOf(
  plan: string,
  voters: readonly string[],
  checks: readonly (string | Judged)[],
): JudgedShard {
  return {
    version: version(plan),
    voters: voters.map(voter),
    checks: checks.map((one) => (typeof one === 'string' ? judged(one) : one)),
  }
}

const votes = {
  o: { vote: 'online', ms: 20 },
  d: { vote: 'slow', ms: 900 },
  x: { vote: 'offline', reason: 'refused', detail: 'connection refused' },
  a: { vote: 'abstain', detail: 'not probed' },
} as const satisfies Record<string, Vote>

/** A voter's ballot, one letter for each check of the shard: o online, d slow, x offline, a abstain. */
export function ballotOf(
  shard: JudgedShard,
  at: number,
  name: string,
  letters: string,
  plan: string = shard.version,
): Ballot {
  return packBallot(
    { voter: voter(name), tick: tick(at), plan: version(plan) },
    shard.checks,
    [...letters].map((letter) => votes[letter as keyof typeof votes]),
  )
}

/** The steps added to the outbox between `before` and `after`: at most one for each check. */
export function newSteps(before: State, after: State): readonly (Step & { check: string })[] {
  return after.outbox
    .filter(({ seq }) => seq > before.seq)
    .map((entry) => ({ check: entry.check, ...lastStep(entry) }))
}
