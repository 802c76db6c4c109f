import { type CheckName, type Tick, tickAtOrAfter, type VoterName } from '../check.ts'
import { abstained, type Ballot, isSlow, offline } from '../quorum/ballot.ts'
import type { JudgedShard } from '../quorum/decide.ts'

/** What one voter saw of one check in an hour. Latencies are in ms. */
export interface VoterHour {
  /** The ticks at which it could look, whatever it found. */
  readonly n: number
  /** Of these, online; slow ones included. */
  readonly ok: number
  readonly slow: number
  /** Of the latencies of `ok`, by nearest rank; absent where there are none. */
  readonly p50?: number
  readonly p95?: number
  readonly p99?: number
  readonly max?: number
  /** One per tick of the hour, in order, as in a ballot: the latency, −1 not looked, −2 offline. */
  readonly ms: readonly number[]
}

/** One check's hour by voter. */
export type Hour = Readonly<Record<VoterName, VoterHour>>

/** A shard as the roll-up reads it: under the plan that holds at the end of the hour. */
export interface RolledShard extends JudgedShard {
  readonly intervalSeconds: number
}

const hourSeconds = 3600

/**
 * Turns the ballots of a shard into the hour of each of its checks. A voter without a ballot did not look at
 * that tick; nor did one whose ballot was cast under another version of the plan, since its positions mean
 * other checks. Of several ballots of a voter for a tick the first counts.
 *
 * @param start the beginning of the hour, a multiple of 3,600. An interval that is no part of an hour (7 m, 2 h)
 *   has its first tick later, or none at all.
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
 * The smallest value that at least `share` of all do not exceed: always one that was measured.
 *
 * @param sorted at least one value, in ascending order.
 * @param share 0 < share ≤ 1.
 */
export function nearestRank(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
}
