// What one tick or one invocation uses, and where each figure is from; what a probe adds, its prober tells (`cpuMs`,
// `bytesOut`). `npm run bench` shows what it measures beside what stands here, and misses a target where this is too
// cheap. Last read off in November 2026, with Node 24 on one core of an AMD EPYC.

/** An average month. */
export const monthSeconds = 43_800 * 60

// Measured: bench `capacity`, at 5, 50 and 200 checks and 4 voters.

/** One for each ballot, one for the state. */
export const writesPerShardTick = (voters: number) => voters + 1
/** The evaluation after each ballot. */
export const readsPerShardTick = (voters: number, checks: number) => voters * (1.145 + 0.0024 * checks)
/** One minute's sweep: the watch, and of every shard its state and, consistently, what was sent. */
export const readsPerSweep = (shards: number) => 1 + 1.5 * shards

// Measured: bench `billed`. CPU ms of one warm invocation of the shipped function, over an empty handler.

/** Without its checks. */
export const probeCpuMs = 3
export const scheduleCpuMs = (jobs: number) => 3 + 0.08 * jobs
/** For each ballot, of a shard of any size. */
export const quorumCpuMs = 2
export const sweepCpuMs = (shards: number) => 2.5 + 0.95 * shards
/** A TLS connection to a service of AWS; the bench's table speaks plain HTTP. A check of the kind `tls` does as much. */
export const connectionCpuMs = 0.73

/** Memory at which AWS gives a function a whole vCPU, MB; below it the share is proportional. */
export const vcpuMemoryMb = 1769
/** CPU time on an arm64 vCPU, as a multiple of the bench's core. Assumed, not measured. */
export const lambdaSlowness = 1.5

/** MB, as the stacks give it; a test holds the two together. */
export const memoryMb = { schedule: 256, probe: 512, quorum: 256, sweep: 256 } as const

// From the code: what is waited for on purpose, and how often. Waiting is billed too.

/** Over how long the checks of a tick begin; a test holds it and the probe together. */
export const jitterMs = 500
/** What is left of a second on average: `schedule` sends jobs as one begins. */
export const secondBeginsMs = 500
/** How many shards `sweep` looks at together, and how often it asks the table about each: its state, what was sent. */
export const sweptAtOnce = 8
export const tripsPerSweptShard = 4

// Assumed: what the network takes depends on where everything is.

/** What the slowest healthy check of a shard takes. */
export const slowestCheckMs = 1000
/** One round trip to DynamoDB or SQS, in the same region and in another one. */
export const nearMs = 5
export const farMs = 120
/** TCP, TLS and a request: a function that was frozen for a minute finds its connections closed. */
export const tripsToConnect = 3

// From the code, and from AWS's quotas and formats.

/** Of `CURRENT`, consistently: kept for a minute, so a function that runs once a minute reads it each time. */
export const planReadsPerMinute = 1

/** A ballot in the table: its keys and its votes, and the 100 bytes that DynamoDB adds to every item. */
export const ballotBytes = (checks: number) => 200 + 4 * checks
export const ballotDays = 30

/** SQS requests for one job: its share of a batch of ten, the poll that finds it, its deletion. */
export const requestsPerJob = 2.1
/** Lambda keeps five long polls of 20 s open on each queue, whether anything is in it or not. */
export const pollsPerMonth = (5 * monthSeconds) / 20

/** The alarms of a home stack, and of the probe stack in the same region; a test holds these and the stacks together. */
export const alarmsPerHome = 8
export const alarmsPerVotingHome = 3
/** The metrics on the one dashboard, likewise. Above 50 a dashboard is no free one. */
export const dashboardMetrics = (regions: number, homes: number) => 7 * regions + 11 * homes
export const freeDashboardMetrics = 50

/** Assumed, of one job with a home in another region: two handshakes' worth of bytes in both directions, a vote's JSON. */
export const bytesBetweenRegions = (checks: number) => 10_000 + 14 * checks
