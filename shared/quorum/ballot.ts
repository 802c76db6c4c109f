import type { BestEffort, CheckName, PlanVersion, Reason, Tick, Vote, VoterName } from '../check.ts'

/** In `Ballot.ms`: the voter could not check the target. */
export const abstained = -1
/** In `Ballot.ms`: the voter found the target offline; `failed` says why. */
export const offline = -2

/** All votes of one voter for one shard at one tick, packed. */
export interface Ballot {
  readonly voter: VoterName
  readonly tick: Tick
  /** The plan version under which it was cast; its order of checks is the order of `ms`. */
  readonly plan: PlanVersion
  /** Latency in ms of the i-th check of that plan's shard, to three significant digits, or a mark above. */
  readonly ms: readonly number[]
  /** Why a check is offline (a `Reason`) or could not be checked (`abstain`). */
  readonly failed: Readonly<
    Record<CheckName, { readonly reason: Reason | 'abstain'; readonly detail: string }>
  >
  /** The method of all the voter's half-open probes; absent: raw sockets. */
  readonly method?: BestEffort
}

/** What packing and unpacking votes needs to know of a check. */
export interface Votable {
  readonly name: CheckName
  readonly slowMs?: number
  /** Absent: any kind but `half_open`. */
  readonly kind?: string
}

/** Packs one voter's votes, given in the order of the shard's checks. */
export function packBallot(
  header: Pick<Ballot, 'voter' | 'tick' | 'plan'>,
  checks: readonly Votable[],
  votes: readonly Vote[],
): Ballot {
  const failed: Record<CheckName, { reason: Reason | 'abstain'; detail: string }> = {}
  votes.forEach((vote, index) => {
    if (vote.vote === 'online' || vote.vote === 'slow') return
    const reason = vote.vote === 'abstain' ? 'abstain' : vote.reason
    failed[checks[index]!.name] = { reason, detail: vote.detail }
  })
  const method = votes.map(methodOf).find((found) => found !== undefined)
  return { ...header, ms: votes.map(packedMs), failed, ...(method === undefined ? {} : { method }) }
}

function methodOf(vote: Vote): BestEffort | undefined {
  return vote.vote === 'online' || vote.vote === 'slow' ? vote.method : undefined
}

function packedMs(vote: Vote): number {
  if (vote.vote === 'offline') return offline
  if (vote.vote === 'abstain') return abstained
  // Three digits are precise enough, and let 200 latencies fit into one write unit (1 KB).
  return Number(Math.max(0, vote.ms).toPrecision(3))
}

/**
 * The ballot's vote for the check at `index` of plan `version`. A ballot cast under another version counts
 * as an abstention, because its positions belong to other checks.
 */
export function unpackVote(ballot: Ballot, index: number, check: Votable, version: PlanVersion): Vote {
  if (ballot.plan !== version) return { vote: 'abstain', detail: 'voted under another version of the plan' }
  const ms = ballot.ms[index]
  if (ms === undefined || ms === abstained) {
    return { vote: 'abstain', detail: ballot.failed[check.name]?.detail ?? 'not probed' }
  }
  if (ms === offline) {
    const failure = ballot.failed[check.name]
    const reason = failure === undefined || failure.reason === 'abstain' ? 'protocol' : failure.reason
    return { vote: 'offline', reason, detail: failure?.detail ?? '' }
  }
  const { method } = ballot
  return {
    vote: isSlow(ms, check) ? 'slow' : 'online',
    ms,
    ...(method === undefined || check.kind !== 'half_open' ? {} : { method }),
  }
}

/** Whether an online latency exceeds the check's threshold; a latency equal to it does not. */
export function isSlow(ms: number, check: Pick<Votable, 'slowMs'>): boolean {
  return check.slowMs !== undefined && ms > check.slowMs
}

/** A vote as evidence; `missing` means that the voter's ballot never arrived. */
export type EvidenceVote = Vote | { readonly vote: 'missing' }
