import type { Kind } from '../probers/index.ts'

// What one tick, one check or one function consumes. Measured where it says so, else from AWS's own limits.

/** An average month. */
export const monthSeconds = 43_800 * 60

/** `npm run bench -- --only capacity`, at 5, 50 and 200 checks: one write per ballot, one for the state. */
export const writesPerShardTick = (voters: number) => voters + 1
/** There too: the evaluation after each ballot, and the sweep. */
export const readsPerShardTick = (voters: number, checks: number) => voters * (1.77 + 0.0024 * checks)
/** There too: 2 units for an hour of 240 samples. */
export const hourItemBytes = (samples: number) => 8.5 * samples
/** Each region's reading of plans in a minute, cached while warm. */
export const planReadsPerMinute = 2

/** A ballot of 200 checks is about 900 bytes; kept for 30 days. */
export const ballotBytes = (checks: number) => 100 + 4 * checks
export const ballotDays = 30

/** GB of memory, as the stacks give it. */
export const memoryGb = { schedule: 0.25, probe: 0.5, quorum: 0.25, notify: 0.25, sweep: 0.25 } as const

/** Warm invocations of the shipped bundles, in seconds. A probe's length is that of its jitter and its slowest check. */
export const warmSeconds = { schedule: 0.1, quorum: 0.05, sweep: 0.15 } as const
export const jitterSeconds = 0.5
/** What a healthy shard's slowest check takes. */
export const slowestSeconds = 0.5

/** SQS requests for one job: its share of a batch of ten, its receipt, its deletion. */
export const requestsPerJob = 2.1
/** Lambda keeps five long polls of 20 s open on each queue, whether anything is in it or not. */
export const pollsPerMonth = (5 * monthSeconds) / 20

/** Lambda's own three lines about an invocation, as JSON. */
export const logBytesPerInvocation = 700

/** The alarms of a home stack and of a probe stack. */
export const alarmsPerHome = 6
export const alarmsPerRegion = 2

/** Bytes that leave AWS for one check. HTTPS was measured: most of it is the post-quantum key share. */
export const bytesOut: Readonly<Record<Kind | 'https', number>> = {
  https: 1776,
  tls: 1650,
  http: 500,
  tcp: 280,
  dns: 90,
  half_open: 54,
  icmp: 84,
}
