import { describe, expect, test } from 'vitest'
import { lambdaMs, probeMs, probingCpuMs, scheduleMs, sweepMs } from '../../shared/cost/work.ts'
import { makePlan } from '../../shared/plan/make.ts'
import type { PlannedCheck } from '../../shared/plan/plan.ts'
import { proberOf } from '../../shared/probers/index.ts'
import { configOf } from '../cdk/synth.ts'

async function checksOf(count: number, check: string): Promise<readonly PlannedCheck[]> {
  const list = Array.from({ length: count }, (_, index) => `  - { name: check-${index}, ${check} }`)
  const { shards } = await makePlan(
    configOf(
      `regions: [us-east-1]\nrunners: { lab-1: { region: us-east-1 } }\ndefaults: { confirmations: 1 }\nchecks:\n${list.join('\n')}\n`,
    ),
  )
  return shards.flatMap(({ checks }) => checks)
}

const tcp = "tcp: { address: 'example.com:443' }"
const https = 'http: { url: https://example.com/ }'

describe('CPU time on Lambda', () => {
  test.each([
    // A whole vCPU at 1,769 MB, on a core that is half as slow again as the bench's.
    [1769, 15],
    [884.5, 30],
    [256, 103.65],
    // One thread uses one vCPU.
    [10_240, 15],
  ])('with %d MB is as much as the share of a vCPU makes of it', (memoryMb, ms) => {
    expect(lambdaMs(10, memoryMb)).toBeCloseTo(ms, 2)
  })
})

describe('a probe', () => {
  test('of few checks takes its jitter, its slowest check and its way to the home', async () => {
    const checks = await checksOf(1, tcp)
    // Three round trips to connect and read the plan, one to write.
    expect(probeMs(checks, [true])).toBe(500 + 1000 + 4 * 5)
    expect(probeMs(checks, [false])).toBe(500 + 1000 + 4 * 120)
  })

  test('writes to a second home over a connection of its own, at the same time', async () => {
    expect(probeMs(await checksOf(1, tcp), [true, false])).toBe(500 + 1000 + 3 * 5 + 3 * 120)
  })

  test('of 200 HTTPS checks works for longer than its jitter', async () => {
    const checks = await checksOf(200, https)
    expect(probingCpuMs(checks)).toBeCloseTo(3 + 200 * 0.9, 6)
    const workMs = lambdaMs(3 + 200 * 0.9 + 0.73, 512)
    expect(workMs).toBeGreaterThan(500)
    expect(probeMs(checks, [true])).toBeCloseTo(workMs + 1000 + 4 * 5, 6)
  })

  test.each([
    [tcp, 0.1, 280],
    [https, 0.9, 1776],
    ['http: { url: http://example.com/ }', 0.22, 500],
    ['dns: { name: example.com, type: A }', 0.1, 90],
    ["tls: { address: 'example.com:443' }", 0.73, 1650],
    ["half_open: { address: 'example.com:443' }, from: lab-1", 0, 54],
    ['icmp: { target: example.com }, from: lab-1', 0, 84],
  ])('of %s is paid by its kind, and HTTP with TLS is one of its own', async (check, cpuMs, bytesOut) => {
    const [planned] = await checksOf(1, check)
    const prober = proberOf(planned!.kind)
    expect([prober.cpuMs(planned!.target), prober.bytesOut(planned!.target)]).toEqual([cpuMs, bytesOut])
  })
})

test('a minute without a job sends nothing, and waits for no second to begin', () => {
  expect(scheduleMs(1, true) - scheduleMs(0, true)).toBeGreaterThan(500)
  // Ten more jobs are one batch more.
  const further = scheduleMs(20, true) - scheduleMs(10, true)
  expect(further).toBeCloseTo(lambdaMs(0.8, 256) + 5, 6)
})

test('a sweep looks at every shard, eight at a time', () => {
  expect(sweepMs(8) - sweepMs(1)).toBeCloseTo(lambdaMs(7 * (0.95 + 0.73), 256), 6)
  expect(sweepMs(50) - sweepMs(8)).toBeCloseTo(lambdaMs(42 * 0.95, 256) + 6 * 4 * 5, 6)
})
