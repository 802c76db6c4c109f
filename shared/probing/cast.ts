import type { Tick, VoterName } from '../check.ts'
import { deadlineMs, longestTimeoutMs } from '../plan/deadline.ts'
import type { ShardPlan } from '../plan/plan.ts'
import type { PlanReader } from '../plan/reader.ts'
import type { Job } from '../plan/schedule.ts'
import { type Ballot, packBallot } from '../quorum/ballot.ts'
import type { Store } from '../store/store.ts'
import { type Probed, probeShard, type ShardProbing } from './shard.ts'

export interface CastContext extends Omit<ShardProbing, 'deadlineMs' | 'onProbed' | 'jitterMs'> {
  readonly voter: VoterName
  readonly plans: PlanReader
  /** The tables of all homes, keyed by their region: each gets every ballot. */
  readonly homes: ReadonlyMap<string, Store>
  readonly graceMs: number
  /** Plays the targets where there are none: `probeShard` when absent. */
  readonly probe?: typeof probeShard
  /** When this voter must stop, epoch ms: unfinished checks are then abandoned even if the tick has time left. */
  readonly stopAtMs?: number
  /** Called once the ballot is in at least one home. */
  onCast?(ballot: Ballot, probed: readonly Probed[]): void
}

/** The outcome of a job: `cast`, or the reason why no ballot of it counts. */
export type Cast = 'cast' | keyof typeof castMeanings

/** For logs: why a job has no ballot that counts. */
export const castMeanings = {
  late: 'a tick was missed: its ballot came too late to count',
  stale: 'a tick was missed: the next one began before it was probed',
  unplanned: 'a job was dropped: the plan of its tick has no such shard for this voter',
  withdrawn: 'a tick was left to others: this voter was stopped before it had any result',
} as const

/** How long ballots are kept for replay. */
const ballotDays = 30
/** Share of the grace, before its end, in which a ballot is too late to count. */
const lateShare = 1 / 2
/** Share of the writing time kept free when unfinished checks are abandoned. */
const writingShare = 1 / 10

/** The checks of a tick start spread over this time, at most half a second because a waiting Lambda is billed. */
export function jitterMs(graceMs: number): number {
  return Math.min(graceMs / 10, 500)
}

/**
 * Latest time (epoch ms) to start writing a ballot of this tick so that it counts; after that it is only history.
 * The rest of the grace is for the write and its retries. A write that takes even longer does no harm: a decided
 * tick stays as it is, and an undecided one counts what is there. Only a later reader of the table, such as a
 * replay, may then see a vote that the quorum did not have.
 */
export function freshUntilMs(document: ShardPlan, tick: Tick, graceMs: number): number {
  return deadlineMs(tick, { timeoutMs: longestTimeoutMs(document) }, graceMs) - graceMs * lateShare
}

/**
 * Probes one shard at one tick and writes the ballot to every home. A ballot that is already there is a success:
 * while one machine replaces another, both may vote as the same voter. For the same reason, a voter that was stopped
 * (`within`) before it had any result writes no ballot: its abstentions would take the place of the other's votes,
 * and without another machine a missing ballot says the same.
 *
 * @throws when at least one home did not take the ballot: the queue then sends the job again.
 */
export async function castBallot({ shard, tick }: Job, context: CastContext): Promise<Cast> {
  const { voter, plans, homes, clock, graceMs, within, stopAtMs = Number.POSITIVE_INFINITY } = context
  const entry = await plans.entryAt(tick)
  const document = entry && (await plans.shard(entry.version, shard))
  if (document === undefined || !document.voters.includes(voter)) return 'unplanned'
  if (clock.now() > (tick + document.intervalSeconds) * 1000) return 'stale'

  const countsUntilMs = freshUntilMs(document, tick, graceMs)
  const probed = await (context.probe ?? probeShard)(document, {
    ...context,
    jitterMs: jitterMs(graceMs),
    deadlineMs: Math.min(countsUntilMs - graceMs * writingShare, stopAtMs),
  })
  const votes = probed.map(({ vote }) => vote)
  if (within?.reason !== undefined && votes.every(({ vote }) => vote === 'abstain')) return 'withdrawn'
  const ballot = packBallot({ voter, tick, plan: document.version }, document.checks, votes)
  const late = clock.now() > countsUntilMs
  const options = { late, expires: tick + ballotDays * 86_400 }
  const outcomes = await Promise.allSettled(
    [...homes.values()].map((store) => store.putBallot(shard, ballot, options)),
  )
  if (outcomes.some(({ status }) => status === 'fulfilled')) context.onCast?.(ballot, probed)
  const refused = [...homes.keys()].filter((_, index) => outcomes[index]!.status === 'rejected')
  if (refused.length > 0) {
    const causes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    throw new AggregateError(
      causes,
      `the ballot ${shard} ${tick} did not reach ${refused.join(', ')}: ${causes[0]}`,
    )
  }
  return late ? 'late' : 'cast'
}
