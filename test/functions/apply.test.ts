import { createHash } from 'node:crypto'
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createApply } from '../../functions/apply.ts'
import { type Database, localTable, startDatabase } from '../../functions/dev/cloud/database.ts'
import type { Config } from '../../shared/config/config.ts'
import { maxShardBytes } from '../../shared/config/limits.ts'
import { parseConfig } from '../../shared/config/parse.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import { manualClock } from '../fixtures/clock.ts'

const noon = Date.UTC(2026, 10, 20, 12, 0, 30)

let database: Database
let store: Store
beforeEach(async () => {
  database = await startDatabase()
  store = dynamoStore(database.client, localTable)
})
afterEach(() => database.close())

const config = (port: number) =>
  JSON.stringify(
    parseConfig(
      `regions: [us-east-1]\nchecks: [{ name: db, tcp: { address: 'db.example.com:${port}' }, confirmations: 1 }]`,
      'test.yaml',
    ).config,
  )

/** Runs one request and returns the response to CloudFormation. */
async function answerTo(
  RequestType: CloudFormationCustomResourceEvent['RequestType'],
  text: string,
  { atMs = noon, hash = createHash('sha256').update(text).digest('hex') } = {},
): Promise<unknown> {
  const answers: [string, unknown][] = []
  const apply = createApply({
    store,
    clock: manualClock(atMs),
    configuration: async () => text,
    answer: async (url, body) => {
      answers.push([url, JSON.parse(body)])
    },
    log: { info: () => {}, warn: () => {}, error: () => {} },
  })
  const event = {
    RequestType,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'plan',
    ResponseURL: 'https://cloudformation.example/answer',
    ResourceProperties: { ServiceToken: 'apply', Configuration: hash },
  } as unknown as CloudFormationCustomResourceEvent
  await apply(event, {} as Context)
  expect(answers.map(([url]) => url)).toEqual(['https://cloudformation.example/answer'])
  return answers[0]![1]
}

const versions = async () => (await store.currentPlan()).entries.map(({ version }) => version)

const echoed = {
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'plan',
  PhysicalResourceId: 'plan',
}

test('at its creation the configuration becomes the plan, three minutes ahead on a whole minute', async () => {
  const version = expect.stringMatching(/^[0-9a-f]{12}$/)
  expect(await answerTo('Create', config(5432))).toEqual({
    ...echoed,
    Status: 'SUCCESS',
    Data: { Version: version, From: '2026-11-20T12:04:00.000Z' },
  })
  expect(await store.currentPlan()).toEqual({
    revision: 1,
    entries: [{ version, from: Date.UTC(2026, 10, 20, 12, 4) / 1000 }],
  })
})

test('an update brings the next plan; the same configuration again brings none', async () => {
  await answerTo('Create', config(5432))
  expect(await answerTo('Update', config(5433), { atMs: noon + 600_000 })).toMatchObject({
    Status: 'SUCCESS',
    Data: { From: '2026-11-20T12:14:00.000Z' },
  })
  const two = await versions()
  expect(new Set(two).size).toBe(2)
  expect(await answerTo('Update', config(5433), { atMs: noon + 700_000 })).toMatchObject({
    Status: 'SUCCESS',
  })
  expect(await versions()).toEqual(two)
})

test('the deletion of the stack leaves the plan', async () => {
  await answerTo('Create', config(5432))
  const before = await store.currentPlan()
  expect(await answerTo('Delete', config(5433))).toEqual({ ...echoed, Status: 'SUCCESS' })
  expect(await store.currentPlan()).toEqual(before)
})

test('another configuration than the stack means is refused, and the plan in force stays', async () => {
  await answerTo('Create', config(5432))
  const before = await store.currentPlan()
  expect(await answerTo('Update', config(5433), { hash: 'another' })).toEqual({
    ...echoed,
    Status: 'FAILED',
    Reason: "the function's configuration differs from the stack's; deploy again",
  })
  expect(await store.currentPlan()).toEqual(before)
})

test('so is a plan with a shard that does not fit into the table', async () => {
  await answerTo('Create', config(5432))
  const before = await store.currentPlan()
  const { checks, ...rest } = JSON.parse(config(5432)) as Config
  const huge = { ...rest, checks: checks.map((check) => ({ ...check, label: 'x'.repeat(maxShardBytes) })) }
  expect(await answerTo('Update', JSON.stringify(huge))).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringMatching(/^shard 60s-\w+-1 takes \d+ bytes, at most 204800 are allowed/),
  })
  expect(await store.currentPlan()).toEqual(before)
})

test('a table that is gone is answered too, shortly', async () => {
  store = { ...store, currentPlan: () => Promise.reject(new Error('no such table '.repeat(500))) }
  const answer = (await answerTo('Create', config(5432))) as { Status: string; Reason: string }
  expect(answer.Status).toBe('FAILED')
  expect(answer.Reason).toMatch(/^no such table/)
  expect(answer.Reason.length).toBeLessThanOrEqual(1000)
})
