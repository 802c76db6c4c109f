import { expect, test } from 'vitest'
import { longestCallMs } from '../../functions/runtime/aws-client.ts'
import { cloudGraceMs } from '../../functions/runtime/settings.ts'
import { parseConfig } from '../../shared/config/parse.ts'
import { graceSeconds, patienceSeconds, resilienceOf } from '../../shared/cost/resilience.ts'
import { makePlan } from '../../shared/plan/make.ts'

async function resilience(...lines: string[]) {
  const { config, errors } = parseConfig(lines.join('\n'), 'test.yaml')
  if (config === undefined) throw new Error(errors.map(({ message }) => message).join('\n'))
  return resilienceOf(config, (await makePlan(config)).shards)
}
const four = 'regions: [us-east-1, eu-west-1, ap-southeast-2, sa-east-1]'
const check = (name: string, options = '') =>
  `  - { name: ${name}, tcp: { address: 'example.com:1' }${options} }`

test('is told for the check that can bear least, and of the quickest and the slowest', async () => {
  expect(
    await resilience(
      four,
      'defaults: { timeout: 10s, delay: 3, confirmations: 2 }',
      'checks:',
      check('web'),
      check('cert', ', interval: 1h, confirmations: 3, timeout: 30s'),
    ),
  ).toEqual({
    detectionSeconds: { quickest: 3 * 60 + 10 + 5, slowest: 3 * 3600 + 30 + 5 },
    detectionWithLossSeconds: {
      quickest: 3 * 60 + 10 + 20 + 60 + 5,
      slowest: 3 * 3600 + 30 + 20 + 60 + 5,
    },
    votersToLose: 1,
    homesToLose: 0,
  })
})

test('waits for the slowest check of a shard, whose ballot is one for all', async () => {
  const { detectionSeconds } = await resilience(
    four,
    'defaults: { delay: 2 }',
    'checks:',
    check('quick', ', timeout: 1s'),
    check('slow', ', timeout: 40s'),
    check('other', ', timeout: 1s, from: [us-east-1, eu-west-1, sa-east-1]'),
  )
  expect(detectionSeconds).toEqual({ quickest: 120 + 1 + 5, slowest: 120 + 40 + 5 })
})

test('nobody waits for a deadline where no voter may be gone', async () => {
  const { detectionSeconds, detectionWithLossSeconds, votersToLose } = await resilience(
    four,
    'defaults: { confirmations: 4 }',
    'checks:',
    check('web'),
  )
  expect(votersToLose).toBe(0)
  expect(detectionWithLossSeconds).toEqual(detectionSeconds)
})

test('a home that hangs costs the ticks that begin before the next one is asked', async () => {
  const { detectionSeconds, detectionWithLossSeconds, homesToLose } = await resilience(
    four,
    'homes: [us-east-1, eu-west-1]',
    'defaults: { confirmations: 4 }',
    'checks:',
    check('web', ', interval: 5m'),
    check('often', ', interval: 10s, timeout: 5s'),
  )
  expect(homesToLose).toBe(1)
  expect(detectionWithLossSeconds.slowest).toBe(detectionSeconds.slowest + 300)
  expect(detectionWithLossSeconds.quickest).toBe(detectionSeconds.quickest + 2 * 10)
})

test('of nothing is nothing', async () => {
  expect(await resilience(four, 'checks:', check('off', ', enabled: false'))).toEqual({
    detectionSeconds: { quickest: 0, slowest: 0 },
    detectionWithLossSeconds: { quickest: 0, slowest: 0 },
    votersToLose: 0,
    homesToLose: 0,
  })
})

test('knows the grace and the patience of the functions', () => {
  expect(graceSeconds * 1000).toBe(cloudGraceMs)
  expect(patienceSeconds * 1000).toBe(longestCallMs)
})
