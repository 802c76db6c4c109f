import { describe, expect, test } from 'vitest'
import type { VoterName } from '../../shared/check.ts'
import type { Config } from '../../shared/config/config.ts'
import { parseConfig } from '../../shared/config/parse.ts'
import { estimate } from '../../shared/cost/estimate.ts'
import { probeMs, quorumMs, scheduleMs, sweepMs } from '../../shared/cost/work.ts'
import { makePlan } from '../../shared/plan/make.ts'

const regions = ['us-east-1', 'eu-west-1', 'ap-southeast-2', 'sa-east-1', 'eu-north-1', 'us-west-2']

function configOf(count: number, voters: number, check: string, defaults = '', runner = ''): Config {
  const checks = Array.from({ length: count }, (_, index) => `  - { name: check-${index}, ${check} }`)
  const { config, errors } = parseConfig(
    `regions: [${regions.slice(0, voters).join(', ')}]\nrunners: { ${runner} }\ndefaults: { interval: 60s${defaults} }\nchecks:\n${checks.join('\n')}\n`,
    'test.yaml',
  )
  if (config === undefined) throw new Error(errors.map(({ message }) => message).join('\n'))
  return config
}

const tcp = "tcp: { address: 'example.com:443' }"
const https = 'http: { url: https://example.com/ }'
const costOf = async (config: Config) => estimate(config, await makePlan(config))
const service = ({ services }: Awaited<ReturnType<typeof costOf>>, name: string) =>
  services.find((candidate) => candidate.service === name)!.usd

describe('the estimate', () => {
  test('is that of the measured units: the table of 100 checks in 4 regions', async () => {
    const cost = await costOf(configOf(100, 4, tcp))
    // 43,800 ticks: 5 writes each; reads are 4 × (1.145 + 0.24), the sweep's of the monitor's health and of one shard,
    // and one of the plan by each of 4 probes, 4 schedules and the home.
    const writes = 43_800 * 5
    const reads = 43_800 * (4 * (1.145 + 0.24) + 1 + 1.5 + 9)
    // 30 days of ballots, in the table and in its backup.
    const storedGb = (43_200 * 4 * 600) / 1e9
    expect(service(cost, 'DynamoDB')).toBeCloseTo(
      writes * 0.625e-6 + reads * 0.125e-6 + storedGb * (0.25 + 0.2),
      8,
    )
    expect(cost.results).toBe(100 * 4 * 43_800)
    expect(cost.usd).toBeCloseTo(
      cost.services.reduce((total, { usd }) => total + usd, 0),
      10,
    )
    expect(cost.afterFreeUsd).toBeLessThan(cost.usd)
  })

  test('has the sweep in it, which reads each minute of every shard, however seldom that has a tick', async () => {
    const hourly = { ...configOf(2000, 4, `${tcp}, interval: 1h`), homes: ['us-east-1', 'eu-west-1'] }
    const plan = await makePlan(hourly)
    expect(plan.shards.length).toBeGreaterThanOrEqual(10)
    const { used } = estimate(hourly, plan).services.find(({ service: name }) => name === 'DynamoDB')!
    const sweeps = 2 * 43_800 * (1 + 1.5 * plan.shards.length)
    const ticks =
      2 * 730 * plan.shards.reduce((reads, { checks }) => reads + 4 * (1.145 + 0.0024 * checks.length), 0)
    const plans = 43_800 * (4 + 2) + 730 * 4 * plan.shards.length
    expect(used.reads).toBeCloseTo(sweeps + ticks + plans, 3)
  })

  test('bills every invocation by its length, to the next millisecond, and its memory', async () => {
    const config = configOf(100, 4, tcp)
    const { shards } = await makePlan(config)
    const [{ checks }] = shards as [(typeof shards)[number]]
    const seconds = (ms: number) => Math.ceil(ms) / 1000
    const gbSeconds =
      43_800 *
      (0.5 * (seconds(probeMs(checks, [true])) + 3 * seconds(probeMs(checks, [false]))) +
        0.25 * (seconds(scheduleMs(1, true)) + 3 * seconds(scheduleMs(1, false))) +
        0.25 * (4 * seconds(quorumMs()) + seconds(sweepMs(1))))
    const requests = 43_800 * (4 + 4 + 4 + 1)
    expect(service(await costOf(config), 'Lambda')).toBeCloseTo(gbSeconds * 13.3334e-6 + requests * 0.2e-6, 8)
  })

  test('has the polls of an idle queue in it: five of 20 s in each region', async () => {
    const polls = (5 * 60 * 43_800) / 20
    const jobs = 43_800 * 2.1
    expect(service(await costOf(configOf(1, 4, tcp)), 'SQS')).toBeCloseTo(4 * (polls + jobs) * 0.4e-6, 8)
  })

  test('has alarms and the dashboard in it, of which an account has three small ones free', async () => {
    const cloudWatch = async (voters: number) => {
      const { services } = await costOf(configOf(1, voters, tcp))
      return services.find((each) => each.service === 'CloudWatch')!
    }
    const small = await cloudWatch(4)
    expect(small.usd).toBeCloseTo(0.1 * (8 + 3) + 3, 8)
    expect(small.afterFreeUsd).toBeCloseTo(0.1 * (8 + 3 - 10), 8)
    // Six regions and a home are more than 50 metrics.
    expect((await cloudWatch(6)).afterFreeUsd).toBeCloseTo(0.1 * (8 + 3 - 10) + 3, 8)
  })

  test('of what leaves AWS counts every byte: 10,000 HTTPS checks in 6 regions', async () => {
    const cost = await costOf(configOf(10_000, 6, https))
    const gb = (10_000 * 6 * 43_800 * 1776) / 1e9
    // 50 shards, from five regions that are not a home.
    const betweenGb = (50 * 5 * 43_800 * (10_000 + 14 * 200)) / 1e9
    expect(service(cost, 'data out')).toBeCloseTo(gb * 0.09 + betweenGb * 0.02, 6)
    expect(service(cost, 'data out')).toBeGreaterThan(cost.usd / 2)
  })

  test('has the machine of each runner in it', async () => {
    const base = configOf(1, 4, tcp)
    const runners = ['lab-1', 'lab-2'].map((name) => ({ name: name as VoterName, region: 'us-east-1' }))
    expect(service(await costOf(base), 'runners')).toBe(0)
    expect(service(await costOf({ ...base, runners }), 'runners')).toBeCloseTo(2 * (3.07 + 3.65 + 0.64), 10)
  })

  test('has neither machine nor traffic of a self-hosted runner in it, but its ballots', async () => {
    const base = configOf(1, 1, `${tcp}, from: [us-east-1, lab-1]`, '', 'lab-1: { region: eu-west-1 }')
    const [runner] = base.runners
    const cost = await costOf({ ...base, runners: [{ ...runner!, selfHosted: true }] })
    const machine = await costOf(base)
    expect(service(cost, 'runners')).toBe(0)
    expect(service(cost, 'DynamoDB')).toBe(service(machine, 'DynamoDB'))
    // Only the region's own probes leave AWS.
    expect(service(cost, 'data out')).toBeCloseTo(43_800 * 280e-9 * 0.09, 10)
    expect(service(machine, 'data out')).toBeGreaterThan(2 * service(cost, 'data out'))
  })

  test('knows what else one could do', async () => {
    expect(await costOf(configOf(10, 1, tcp, ', confirmations: 1'))).toMatchObject({ route53Usd: 7.5 })
    const cost = await costOf(configOf(10, 1, https, ', confirmations: 1'))
    expect(cost.route53Usd).toBe(27.5)
    expect(cost.syntheticsUsd).toBeCloseTo(10 * 52.56, 6)
    const options = 'http: { url: https://example.com/, expect: { body: Welcome } }, interval: 10s'
    expect(await costOf(configOf(1, 1, options, ', confirmations: 1'))).toMatchObject({ route53Usd: 6.75 })
  })

  test('says apart what a check adds that stays silent: every voter waits for the timeout', async () => {
    const { silentUsd } = await costOf(configOf(10, 4, tcp, ', timeout: 10s'))
    // One second of it is not extra, because a healthy tick waits that long.
    expect(silentUsd).toBeCloseTo(43_800 * 4 * 9 * 0.5 * 13.3334e-6, 6)
  })

  test('of what is switched off is that of nothing', async () => {
    const config = configOf(2, 4, tcp)
    const off = { ...config, checks: config.checks.map((check) => ({ ...check, enabled: false })) }
    expect(await costOf(off)).toMatchObject({
      checks: 0,
      results: 0,
      silentUsd: 0,
      route53Usd: 0,
      syntheticsUsd: 0,
    })
  })

  test('grows with homes, intervals and voters', async () => {
    const base = configOf(50, 3, tcp)
    const { usd } = await costOf(base)
    expect((await costOf({ ...base, homes: ['us-east-1', 'eu-west-1'] })).usd).toBeGreaterThan(usd)
    expect((await costOf(configOf(50, 4, tcp))).usd).toBeGreaterThan(usd)
    const often = { ...base, checks: base.checks.map((check) => ({ ...check, intervalSeconds: 10 })) }
    // Six times the ticks; the polls, the dashboard and the sweep stay the same.
    expect(service(await costOf(often), 'DynamoDB')).toBeGreaterThan(
      4 * service(await costOf(base), 'DynamoDB'),
    )
  })
})
