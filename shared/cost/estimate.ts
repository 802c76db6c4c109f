import type { Config, ConfiguredCheck } from '../config/config.ts'
import type { Plan } from '../plan/plan.ts'
import { isHttps } from '../probers/http/target.ts'
import { alternatives, type Price, prices } from './prices.ts'
import { memoryMb, monthSeconds, slowestCheckMs } from './units.ts'
import { monthlyUsage, type Usage } from './usage.ts'

/** What one service costs in a month. */
export interface ServiceCost {
  readonly service: string
  /** At list price. */
  readonly usd: number
  /** After what is free every month in every account. */
  readonly afterFreeUsd: number
  /** What it is paid for. */
  readonly used: Readonly<Partial<Usage>>
}

export interface Estimate {
  readonly checks: number
  /** Results of checks in a month: one for each check, voter and tick. */
  readonly results: number
  readonly services: readonly ServiceCost[]
  readonly usd: number
  readonly afterFreeUsd: number
  /**
   * What a month adds in which a check stays silent, at most: Lambda bills every voter's waiting for the timeout.
   * The silent ones of a shard wait together.
   */
  readonly silentUsd: number
  /** The same checks as health checks of Route 53, which choose interval and places themselves. */
  readonly route53Usd: number
  /** The same results as canary runs of CloudWatch Synthetics. */
  readonly syntheticsUsd: number
}

const services: readonly (readonly [string, readonly (keyof Usage)[]])[] = [
  ['DynamoDB', ['writes', 'reads', 'storageGb', 'backupGb']],
  ['Lambda', ['lambdaGbSeconds', 'lambdaRequests']],
  ['SQS', ['queueRequests']],
  ['Scheduler', ['schedules']],
  ['CloudWatch', ['alarms', 'dashboards', 'largeDashboards']],
  ['data out', ['dataOutGb', 'betweenRegionsGb']],
  ['runners', ['runners']],
]

/** What a configuration costs in a month in which all is well. */
export function estimate(config: Config, plan: Plan): Estimate {
  const used = monthlyUsage(config, plan.shards)
  const costs = services.map(([service, keys]) => ({
    service,
    usd: sum(keys.map((key) => used[key] * prices[key].usd)),
    afterFreeUsd: sum(keys.map((key) => charged(used[key], prices[key]))),
    used: Object.fromEntries(keys.map((key) => [key, used[key]])),
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
    silentUsd: Math.max(0, ...checks.map((check) => silentUsd(check, config))),
    route53Usd: sum(checks.map(route53Usd)),
    syntheticsUsd: results * alternatives.syntheticsRun,
  }
}

function silentUsd({ voters, intervalSeconds, timeoutMs }: ConfiguredCheck, { regions }: Config): number {
  const results = (voters.filter((voter) => regions.includes(voter)).length * monthSeconds) / intervalSeconds
  const waitedSeconds = Math.max(0, timeoutMs - slowestCheckMs) / 1000
  return results * waitedSeconds * (memoryMb.probe / 1024) * prices.lambdaGbSeconds.usd
}

function route53Usd(check: ConfiguredCheck): number {
  const options = [
    check.kind === 'http' && isHttps(check.target),
    check.kind === 'http' && check.target.expect.body.length > 0,
    check.intervalSeconds < 30,
  ]
  return alternatives.route53Check + options.filter(Boolean).length * alternatives.route53Option
}

function charged(units: number, { usd, free }: Price): number {
  return Math.max(0, units - free) * usd
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
