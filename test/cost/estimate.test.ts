import { describe, expect, test } from 'vitest'
import type { VoterName } from '../../shared/check.ts'
import type { Config } from '../../shared/config/config.ts'
import { parseConfig } from '../../shared/config/parse.ts'
import { estimate } from '../../shared/cost/estimate.ts'
import { resilienceOf } from '../../shared/cost/resilience.ts'
import { makePlan } from '../../shared/plan/make.ts'

const regions = ['us-east-1', 'eu-west-1', 'ap-southeast-2', 'sa-east-1', 'eu-north-1', 'us-west-2']

function configOf(count: number, voters: number, check: string, defaults = ''): Config {
  const checks = Array.from({ length: count }, (_, index) => `  - { name: check-${index}, ${check} }`)
  const { config, errors } = parseConfig(
    `regions: [${regions.slice(0, voters).join(', ')}]\ndefaults: { interval: 60s${defaults} }\nchecks:\n${checks.join('\n')}\n`,
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
  test('is that of the measured units: 100 checks in 4 regions', async () => {
    const cost = await costOf(configOf(100, 4, tcp))
    // 43,800 ticks: 5 writes each, and 2 for each check and hour; 4 × (1.77 + 0.24) reads, and plans.
    const writes = 43_800 * 5 + 2 * 100 * 730
    const reads = 43_800 * 4 * (1.77 + 0.24) + 4 * 2 * 43_800
    const tableOnly = writes * 0.625e-6 + reads * 0.125e-6
    expect(service(cost, 'DynamoDB')).toBeGreaterThan(tableOnly)
    expect(service(cost, 'DynamoDB')).toBeLessThan(tableOnly * 1.6)
    expect(cost.results).toBe(100 * 4 * 43_800)
    expect(cost.usd).toBeCloseTo(
      cost.services.reduce((total, { usd }) => total + usd, 0),
      10,
    )
    expect(cost.afterFreeUsd).toBeLessThan(cost.usd)
  })

  test('pays a probe for a second: half of it jitter, half the slowest check', async () => {
    const probes = 43_800 * 4
    const gbSeconds = {
      probe: probes * 0.5,
      quorum: probes * 0.0125,
      schedule: probes * 0.025,
      sweep: 43_800 * 0.0375,
    }
    const duration = Object.values(gbSeconds).reduce((total, each) => total + each, 0) * 13.3334e-6
    const requests = (probes * 3 + 43_800) * 0.2e-6
    expect(service(await costOf(configOf(100, 4, tcp)), 'Lambda')).toBeCloseTo(duration + requests, 6)
  })

  test('of what leaves AWS counts every byte: 10,000 HTTPS checks in 6 regions', async () => {
    const cost = await costOf(configOf(10_000, 6, https))
    const gb = (10_000 * 6 * 43_800 * 1776) / 1e9
    expect(service(cost, 'data out')).toBeCloseTo(gb * 0.09, 6)
    expect(service(cost, 'data out')).toBeGreaterThan(cost.usd / 2)
  })

  test('has the machine of each runner in it', async () => {
    const base = configOf(1, 4, tcp)
    const runners = ['lab-1', 'lab-2'].map((name) => ({ name: name as VoterName, region: 'us-east-1' }))
    expect(service(await costOf(base), 'runners')).toBe(0)
    expect(service(await costOf({ ...base, runners }), 'runners')).toBeCloseTo(2 * (3.07 + 3.65 + 0.64), 10)
  })

  test('knows what else one could do', async () => {
    expect(await costOf(configOf(10, 1, tcp, ', confirmations: 1'))).toMatchObject({ route53Usd: 7.5 })
    const cost = await costOf(configOf(10, 1, https, ', confirmations: 1'))
    expect(cost.route53Usd).toBe(27.5)
    expect(cost.syntheticsUsd).toBeCloseTo(10 * 52.56, 6)
  })

  test('of what is switched off is that of nothing', async () => {
    const config = configOf(2, 4, tcp)
    const off = { ...config, checks: config.checks.map((check) => ({ ...check, enabled: false })) }
    expect(await costOf(off)).toMatchObject({ checks: 0, results: 0, route53Usd: 0, syntheticsUsd: 0 })
  })

  test('grows with homes, intervals and voters', async () => {
    const base = configOf(50, 3, tcp)
    const { usd } = await costOf(base)
    expect((await costOf({ ...base, homes: ['us-east-1', 'eu-west-1'] })).usd).toBeGreaterThan(usd)
    expect((await costOf(configOf(50, 4, tcp))).usd).toBeGreaterThan(usd)
    const often = { ...base, checks: base.checks.map((check) => ({ ...check, intervalSeconds: 10 })) }
    expect((await costOf(often)).usd).toBeGreaterThan(2.5 * usd)
  })
})

describe('the resilience', () => {
  test('is told for the check that can bear least', () => {
    const config = configOf(1, 4, tcp, ', timeout: 10s, delay: 3, confirmations: 3')
    expect(resilienceOf(config)).toEqual({
      detectionSeconds: { quickest: 195, slowest: 195 },
      votersToLose: 1,
      homesToLose: 0,
    })
  })

  test('of nothing is nothing', () => {
    const config = configOf(1, 4, tcp)
    const off = { ...config, checks: config.checks.map((check) => ({ ...check, enabled: false })) }
    expect(resilienceOf(off)).toEqual({
      detectionSeconds: { quickest: 0, slowest: 0 },
      votersToLose: 0,
      homesToLose: 0,
    })
  })
})
