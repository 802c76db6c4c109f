import { createHash } from 'node:crypto'
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { CloudFormationCustomResourceEvent, DynamoDBBatchResponse } from 'aws-lambda'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createApply } from '../../functions/apply.ts'
import {
  type Database,
  localCredentials,
  localTable,
  startDatabase,
} from '../../functions/dev/cloud/database.ts'
import { startEndpoint } from '../../functions/dev/cloud/endpoint.ts'
import { createNotify } from '../../functions/notify.ts'
import { createProbe } from '../../functions/probe.ts'
import { createQuorum } from '../../functions/quorum.ts'
import { systemClock } from '../../functions/runtime/clock.ts'
import { sqsQueue } from '../../functions/runtime/sqs-queue.ts'
import { createSchedule } from '../../functions/schedule.ts'
import { createSweep } from '../../functions/sweep.ts'
import type { Clock } from '../../shared/clock.ts'
import { parseConfig } from '../../shared/config/parse.ts'
import { createResolver } from '../../shared/network/resolve.ts'
import type { PlannedCheck } from '../../shared/plan/plan.ts'
import { planReader } from '../../shared/plan/reader.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import { announce, graceMs, hour, planned, shardPlan, vote } from '../fixtures/home.ts'
import { refusingAddress } from '../fixtures/servers.ts'
import { shardId, voter } from '../fixtures/words.ts'
import { judged } from '../quorum/shards.ts'
import { context, recordingLog, sqsRecord, streamRecord } from './events.ts'

// The table is deleted while functions use it; they are warm or started anew.

const sentence =
  'the table upquorum in local does not exist: restore it from the backup that DynamoDB keeps for 35 days after a ' +
  'deletion, or, for an empty one, run npm run destroy and npm run deploy'
const shard = shardId('60s-abcdef-1')
const configuration = JSON.stringify(
  parseConfig(
    'regions: [us-east-1]\nchecks: [{ name: db, tcp: { address: "db.example.com:5432" }, confirmations: 1 }]',
    'test.yaml',
  ).config,
)

let database: Database
let endpoint: Awaited<ReturnType<typeof startEndpoint>>
let queue: SQSClient
let store: Store
let nowMs: number
let clock: Clock
let log: ReturnType<typeof recordingLog>
beforeEach(async () => {
  database = await startDatabase()
  endpoint = await startEndpoint({
    SendMessageBatch: () => ({ status: 200, type: 'application/x-amz-json-1.0', body: '{"Successful":[]}' }),
  })
  queue = new SQSClient({ endpoint: endpoint.url, region: 'local', credentials: localCredentials })
  store = dynamoStore(database.client, localTable)
  nowMs = hour * 1000
  clock = { ...systemClock, now: () => nowMs }
  log = recordingLog()
  const check: PlannedCheck = {
    ...planned(judged('db', { confirmations: 1, delay: { down: 1, up: 1 } })),
    kind: 'tcp',
    target: await refusingAddress(),
    allowPrivate: true,
  }
  const document = shardPlan('p1', shard, ['a', 'b'], [check])
  await announce(store, [{ from: hour - 3600, shards: [document] }])
  await vote(store, document, hour, { a: 'x', b: 'x' })
})
afterEach(async () => {
  queue.destroy()
  await endpoint.close()
  await database.close()
})

const deleteTable = () => database.client.send(new DeleteTableCommand({ TableName: localTable }))

/** Every function with its cached plans, and an event for it. */
const functions = {
  schedule() {
    const plans = planReader(store, clock)
    const queueUrl = 'https://sqs.local/jobs'
    const schedule = createSchedule(
      { voter: voter('a'), plans, queue: sqsQueue(queue, queueUrl), clock },
      log,
    )
    return () => schedule({ time: new Date(nowMs).toISOString() }, context)
  },
  probe() {
    const casting = {
      voter: voter('a'),
      plans: planReader(store, clock),
      homes: new Map([['local', store]]),
      clock,
      graceMs,
      createResolver: () => createResolver(),
      secret: async (text: string) => text,
      privateAllowed: true,
      random: () => 0,
    }
    const probe = createProbe(casting, log)
    return () => probe({ Records: [sqsRecord(JSON.stringify({ shard, tick: hour + 60 }))] }, context)
  },
  quorum() {
    const quorum = createQuorum({ store, plans: planReader(store, clock), clock, graceMs }, log)
    const records = ['a', 'b'].map((name) => streamRecord(`SHARD#${shard}`, `BALLOT#${hour}#${name}`))
    return () => quorum({ Records: records }, context)
  },
  notify() {
    const publish = async () => {}
    const notify = createNotify({ store, plans: planReader(store, clock), clock, publish }, log)
    return () => notify({ Records: [streamRecord(`SHARD#${shard}`, 'STATE')] }, context)
  },
  sweep() {
    const publish = async () => {}
    const sweep = createSweep({ store, plans: planReader(store, clock), clock, graceMs, publish }, log)
    return () => sweep({}, context)
  },
} satisfies Record<string, () => () => Promise<unknown>>

/** A function that ran before the table was deleted. Its cached plan is a minute old, so it reads the plan again. */
async function runLate(name: keyof typeof functions) {
  const run = functions[name]()
  nowMs = (hour + 60) * 1000
  await run()
  await deleteTable()
  nowMs = (hour + 120) * 1000
  return run
}

describe.each(['schedule', 'probe', 'sweep'] as const)('%s', (name) => {
  test('fails and says in one line which table is gone, where, and what to do', async () => {
    const run = await runLate(name)
    await expect(run()).rejects.toThrow(sentence)
    expect(log.lines).toEqual([`error the invocation failed: MissingTable: ${sentence}`])
  })
})

test.each([
  ['quorum', 2, '2 records'],
  ['notify', 1, 'a record'],
] as const)('%s gives all of its %d back and says the same in one line', async (name, count, records) => {
  const run = await runLate(name)
  const { batchItemFailures } = (await run()) as DynamoDBBatchResponse
  expect(batchItemFailures).toHaveLength(count)
  expect(log.lines).toEqual([`error ${records} failed and will be retried: MissingTable: ${sentence}`])
})

test('a probe that still knows the plan probes, and names the home that has no table', async () => {
  nowMs = (hour + 60) * 1000
  const run = functions.probe()
  await run()
  await deleteTable()
  await expect(run()).rejects.toThrow('did not reach local')
  expect(log.lines).toEqual([
    `error the invocation failed: AggregateError: the ballot 60s-abcdef-1 ${hour + 60} did not reach local: ` +
      `MissingTable: ${sentence}`,
  ])
})

test('a sweep that still knows the plan fails too, so that its alarm goes off', async () => {
  const run = functions.sweep()
  await run()
  await deleteTable()
  await expect(run()).rejects.toThrow(
    `failed, the first with: Error: shard 60s-abcdef-1 could not be evaluated: MissingTable: ${sentence}`,
  )
  expect(log.lines).toHaveLength(1)
})

test('a deployment without its table fails with the same sentence', async () => {
  await deleteTable()
  const answers: unknown[] = []
  const apply = createApply({
    store,
    clock,
    configuration: async () => configuration,
    answer: async (_, body) => {
      answers.push(JSON.parse(body))
    },
    log,
  })
  const Configuration = createHash('sha256').update(configuration).digest('hex')
  const event = { RequestType: 'Update', ResourceProperties: { Configuration } }
  await apply(event as unknown as CloudFormationCustomResourceEvent, context)
  expect(answers).toMatchObject([{ Status: 'FAILED', Reason: sentence }])
  expect(log.lines).toEqual([`error the plan was refused; the current plan stays in force: ${sentence}`])
})
