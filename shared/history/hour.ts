import { type CheckName, type Tick, tickAtOrAfter, type VoterName } from '../check.ts'
import { abstained, type Ballot, isSlow, offline } from '../quorum/ballot.ts'
import type { JudgedShard } from '../quorum/decide.ts'

/** One voter's hour of one check. Latencies are in ms. */
export interface VoterHour {
  /** Votes that are not abstentions. */
  readonly n: number
  /** Online votes, slow ones included. */
  readonly ok: number
  readonly slow: number
  /** Percentiles of the latencies of `ok`, by nearest rank; absent without any. */
  readonly p50?: number
  readonly p95?: number
  readonly p99?: number
  readonly max?: number
  /** One number per tick of the hour, as in a ballot: the latency, −1 for an abstention, −2 for offline. */
  readonly ms: readonly number[]
}

/** One check's hour by voter. */
export type Hour = Readonly<Record<VoterName, VoterHour>>

/** What the roll-up needs of a shard, under the plan that holds at the end of the hour. */
export interface RolledShard extends JudgedShard {
  readonly intervalSeconds: number
}

const hourSeconds = 3600

/**
 * Turns a shard's ballots into the hour of each of its checks. A missing ballot counts as an abstention, and so does
 * one cast under another version of the plan, because its positions belong to other checks. Only the first ballot of a
 * voter for a tick counts.
 *
 * @param start the beginning of the hour, a multiple of 3,600. With an interval that does not divide an hour (7 m,
 *   2 h), the first tick is later, or there is none.
 * @param ballots those of [start, start + 3,600), in any order.
 */
export function rollUpHour(
  shard: RolledShard,
  start: Tick,
  ballots: readonly Ballot[],
): ReadonlyMap<CheckName, Hour> {
  const { checks, voters, intervalSeconds, version } = shard
  const first = tickAtOrAfter(start, intervalSeconds)
  const ticks = Math.max(0, Math.ceil((start + hourSeconds - first) / intervalSeconds))
  const cast = new Map<VoterName, (Ballot | undefined)[]>(voters.map((voter) => [voter, Array(ticks)]))
  for (const ballot of ballots) {
    const position = (ballot.tick - first) / intervalSeconds
    const ofVoter = cast.get(ballot.voter)
    if (ofVoter !== undefined && ballot.plan === version && position < ticks) ofVoter[position] ??= ballot
  }
  const hours = new Map<CheckName, Hour>()
  checks.forEach((check, index) => {
    const hour: Record<VoterName, VoterHour> = {}
    for (const [voter, ofVoter] of cast) {
      hour[voter] = summarize(
        Array.from(ofVoter, (ballot) => ballot?.ms[index] ?? abstained),
        check,
      )
    }
    hours.set(check.name, hour)
  })
  return hours
}

function summarize(ms: readonly number[], check: { slowMs?: number }): VoterHour {
  const latencies = ms.filter((each) => each !== abstained && each !== offline).sort((a, b) => a - b)
  const counts = {
    n: ms.filter((each) => each !== abstained).length,
    ok: latencies.length,
    slow: latencies.filter((each) => isSlow(each, check)).length,
  }
  if (latencies.length === 0) return { ...counts, ms }
  return {
    ...counts,
    p50: nearestRank(latencies, 0.5),
    p95: nearestRank(latencies, 0.95),
    p99: nearestRank(latencies, 0.99),
    max: latencies.at(-1)!,
    ms,
  }
}

/**
 * The nearest-rank percentile: the smallest measured value that at least `share` of all values do not exceed.
 *
 * @param sorted at least one value, in ascending order.
 * @param share 0 < share ≤ 1.
 */
export function nearestRank(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
}
