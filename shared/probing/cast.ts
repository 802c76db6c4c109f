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
  /** Epoch milliseconds at which unfinished checks are given up, whatever time the tick has left: the voter has not. */
  readonly stopAtMs?: number
  /** Told when the ballot is in at least one home. */
  onCast?(ballot: Ballot, probed: readonly Probed[]): void
}

/** What became of a job: its ballot counts, or why it has none that does. */
export type Cast = 'cast' | keyof typeof castMeanings

/** In words, what it means that a job brought no ballot that counts. */
export const castMeanings = {
  late: 'a tick was missed: its ballot came too late to count',
  stale: 'a tick was missed: the next one began before it was probed',
  unplanned: 'a job was dropped: the plan of its tick has no such shard for this voter',
  withdrawn: 'a tick was left to others: this voter was stopped before it knew anything of it',
} as const

/** How long the ballots of recorded ticks stay, for replay. */
const ballotDays = 30
/** The share of the grace from which on a ballot is too late to count. */
const lateShare = 1 / 2
/** What is left of the time to write a ballot in when unfinished checks are given up. */
const writingShare = 1 / 10

/** Over how long the checks of a tick begin, ms. A Lambda is paid for while it waits: never above half a second. */
export function jitterMs(graceMs: number): number {
  return Math.min(graceMs / 10, 500)
}

/**
 * Until when (epoch ms) the writing of a ballot of this tick may begin for it to count; later it is history. What
 * is left of the grace is for the write and its retries. One that takes even longer is not counted wrongly: a
 * tick that has been decided stays as it is, and one that has not, counts what is there. Only who reads the table
 * afterwards, as a replay does, may then see a vote that the quorum did not have.
 */
export function freshUntilMs(document: ShardPlan, tick: Tick, graceMs: number): number {
  return deadlineMs(tick, { timeoutMs: longestTimeoutMs(document) }, graceMs) - graceMs * lateShare
}

/**
 * Probes one shard at one tick and writes the ballot to every home. A ballot that is already there is as
 * good as written: another machine may vote as the same voter while one replaces the other. That is also why a voter
 * that was stopped (`within`) before it knew anything writes none: its abstentions would take the other's place, and
 * where there is no other, a ballot that is missing says as much.
 *
 * @throws when no home took the ballot, or some did not: the queue then sends the job again.
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
