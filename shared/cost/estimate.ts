import type { Config, ConfiguredCheck } from '../config/config.ts'
import type { Plan } from '../plan/plan.ts'
import { alternatives, type Price, prices } from './prices.ts'
import {
  alarmsPerHome,
  alarmsPerRegion,
  ballotBytes,
  ballotDays,
  bytesOut,
  hourItemBytes,
  jitterSeconds,
  logBytesPerInvocation,
  memoryGb,
  monthSeconds,
  planReadsPerMinute,
  pollsPerMonth,
  readsPerShardTick,
  requestsPerJob,
  slowestSeconds,
  warmSeconds,
  writesPerShardTick,
} from './units.ts'

/** What one service costs in a month. */
export interface ServiceCost {
  readonly service: string
  /** At list price. */
  readonly usd: number
  /** After what is free every month in every account. */
  readonly afterFreeUsd: number
}

export interface Estimate {
  readonly checks: number
  /** Results of checks in a month: one for each check, voter and tick. */
  readonly results: number
  readonly services: readonly ServiceCost[]
  readonly usd: number
  readonly afterFreeUsd: number
  /** The same checks as health checks of Route 53, which choose interval and places themselves. */
  readonly route53Usd: number
  /** The same results as canary runs of CloudWatch Synthetics. */
  readonly syntheticsUsd: number
}

type Used = Record<keyof typeof prices, number>

const services: readonly (readonly [string, readonly (keyof Used)[]])[] = [
  ['DynamoDB', ['writes', 'reads', 'storageGb', 'backupGb']],
  ['Lambda', ['lambdaGbSeconds', 'lambdaRequests']],
  ['SQS', ['queueRequests']],
  ['Scheduler', ['schedules']],
  ['CloudWatch', ['logsGb', 'alarms']],
  ['data out', ['dataOutGb']],
  ['runners', ['runners']],
]

/** What a configuration costs in a month in which all is well; an outage adds cents. */
export function estimate(config: Config, { index }: Plan): Estimate {
  const used = usage(config, index.shards)
  const costs = services.map(([service, keys]) => ({
    service,
    usd: sum(keys.map((key) => used[key] * prices[key].usd)),
    afterFreeUsd: sum(keys.map((key) => charged(used[key], prices[key]))),
  }))
  const checks = config.checks.filter(({ enabled }) => enabled)
  const results = sum(
    checks.map(({ voters, intervalSeconds }) => (voters.length * monthSeconds) / intervalSeconds),
  )
  return {
    checks: checks.length,
    results,
    services: costs,
    usd: sum(costs.map(({ usd }) => usd)),
    afterFreeUsd: sum(costs.map(({ afterFreeUsd }) => afterFreeUsd)),
    route53Usd: sum(
      checks.map((check) => alternatives.route53Check + (isHttps(check) ? alternatives.route53Https : 0)),
    ),
    syntheticsUsd: results * alternatives.syntheticsRun,
  }
}

function usage({ regions, runners, homes, checks }: Config, shards: Plan['index']['shards']): Used {
  const isRegion = (voter: string) => regions.some((region) => region === voter)
  const used: Used = {
    writes: 0,
    reads: (regions.length * planReadsPerMinute * monthSeconds) / 60,
    storageGb: 0,
    backupGb: 0,
    lambdaGbSeconds: 0,
    lambdaRequests: 0,
    schedules: ((regions.length + homes.length) * monthSeconds) / 60,
    queueRequests: regions.length * pollsPerMonth,
    logsGb: 0,
    alarms: homes.length * alarmsPerHome + regions.length * alarmsPerRegion,
    dataOutGb: 0,
    runners: runners.length,
  }
  function invoke(name: keyof typeof memoryGb, times: number, seconds: number) {
    used.lambdaRequests += times
    used.lambdaGbSeconds += times * seconds * memoryGb[name]
    used.logsGb += (times * logBytesPerInvocation) / 1e9
  }

  for (const { intervalSeconds, voters, checks: count } of shards) {
    const ticks = monthSeconds / intervalSeconds
    const jobs = ticks * voters.filter(isRegion).length
    used.writes += homes.length * ticks * writesPerShardTick(voters.length)
    used.reads += homes.length * ticks * readsPerShardTick(voters.length, count)
    used.queueRequests += jobs * requestsPerJob
    const keptTicks = (ballotDays * 86_400) / intervalSeconds
    used.storageGb += (homes.length * keptTicks * voters.length * ballotBytes(count)) / 1e9
    invoke('probe', jobs, jitterSeconds + slowestSeconds)
    invoke('quorum', homes.length * ticks * voters.length, warmSeconds.quorum)
    // An hour's samples are written once, and kept for as long as the history is.
    const samplesPerHour = voters.length * Math.max(1, 3600 / intervalSeconds)
    const itemBytes = hourItemBytes(samplesPerHour)
    used.writes += homes.length * count * (monthSeconds / 3600) * Math.ceil(itemBytes / 1024)
    used.storageGb += (homes.length * count * (monthSeconds / 3600) * itemBytes) / 1e9
  }
  used.backupGb = used.storageGb
  invoke('schedule', (regions.length * monthSeconds) / 60, warmSeconds.schedule)
  invoke('sweep', (homes.length * monthSeconds) / 60, warmSeconds.sweep)
  for (const check of checks) {
    if (!check.enabled) continue
    const results = (check.voters.filter(isRegion).length * monthSeconds) / check.intervalSeconds
    used.dataOutGb += (results * bytesOut[isHttps(check) ? 'https' : check.kind]) / 1e9
  }
  return used
}

function isHttps(check: ConfiguredCheck): boolean {
  return check.kind === 'http' && check.target.url.startsWith('https:')
}

function charged(units: number, { usd, free }: Price): number {
  return Math.max(0, units - free) * usd
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
