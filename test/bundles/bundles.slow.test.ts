import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { marshall } from '@aws-sdk/util-dynamodb'
import type { SQSEvent } from 'aws-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, localTable, startDatabase } from '../../functions/dev/cloud/database.ts'
import { startEndpoint } from '../../functions/dev/cloud/endpoint.ts'
import { delayQueue } from '../../functions/dev/cloud/queue.ts'
import { type Published, publishTo } from '../../functions/dev/cloud/topics.ts'
import { type Tick, tickAtOrBefore } from '../../shared/check.ts'
import { applyPlan } from '../../shared/plan/apply.ts'
import type { Job } from '../../shared/plan/schedule.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import { configOf, propertiesOf, resourcesOf, statementsOf, synth } from '../cdk/synth.ts'
import { manualClock } from '../fixtures/clock.ts'
import { type Lambda, startLambda } from './lambda.ts'
import { isAllowed, startWitness } from './witness.ts'

// The bundles that the CDK ships, in processes that see nothing else, run one tick of the pipeline.

const intervalSeconds = 60
const configuration = (port: number) => `
regions: [us-east-1]
defaults: { interval: ${intervalSeconds}s, timeout: 60s, confirmations: 1, delay: 1 }
contacts: { ops: { email: ops@example.com } }
operators: ops
checks: [{ name: db, tcp: { address: '127.0.0.1:${port}' }, alerts: [ops], allow_private: true }]
`

const names = ['schedule', 'probe', 'quorum', 'notify', 'sweep', 'apply', 'audit'] as const
type Name = (typeof names)[number]

const noSubscriptions =
  '<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions/>' +
  '</ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>'

let assembly: ReturnType<typeof synth>
let database: Database
let witness: Awaited<ReturnType<typeof startWitness>>
let endpoint: Awaited<ReturnType<typeof startEndpoint>>
let closedPort = 0
const queueClock = manualClock(0)
const queued: SQSEvent[] = []
const jobs = delayQueue(queueClock, (event) => queued.push(event))
const published: Published[] = []
const lambdas = new Map<Name, Lambda>()

const folders = () =>
  new Map(
    assembly.stacks.flatMap(({ stackName }) =>
      Object.values(resourcesOf(assembly, stackName))
        .filter(({ Type }) => Type === 'AWS::Lambda::Function')
        .map(({ Properties }) => {
          const { S3Key } = Properties.Code as { S3Key: string }
          const name = String(Properties.FunctionName).replace('upquorum-', '') as Name
          return [name, join(assembly.directory, `asset.${S3Key.replace('.zip', '')}`)] as const
        }),
    ),
  )

beforeAll(async () => {
  closedPort = await portWithoutListener()
  assembly = synth(configuration(closedPort), { 'aws:cdk:bundling-stacks': ['**'] })
  database = await startDatabase()
  witness = await startWitness(database.url)
  endpoint = await startEndpoint({
    Publish: publishTo(
      (topic) => topic === 'upquorum-ops',
      (message) => {
        published.push(message)
      },
    ),
    SendMessageBatch: jobs.sendBatch,
    ListSubscriptionsByTopic: () => ({ status: 200, type: 'text/xml', body: noSubscriptions }),
  })
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: witness.url,
    AWS_ENDPOINT_URL_SNS: endpoint.url,
    AWS_ENDPOINT_URL_SQS: endpoint.url,
    UPQUORUM_TABLE: localTable,
    UPQUORUM_HOMES: 'us-east-1',
    UPQUORUM_VOTER: 'us-east-1',
    UPQUORUM_QUEUE_URL: `${endpoint.url}/jobs`,
    UPQUORUM_TOPIC_PREFIX: 'arn:aws:sns:us-east-1:000000000000:upquorum-',
    UPQUORUM_PRIVATE_ALLOWED: 'true',
  }
  // Each signs with its own name, so that the witness knows the caller.
  for (const [name, folder] of folders())
    lambdas.set(name, await startLambda(folder, { ...environment, AWS_ACCESS_KEY_ID: name }))
}, 120_000)

afterAll(async () => {
  for (const lambda of lambdas.values()) await lambda.stop()
  await endpoint?.close()
  await witness?.close()
  await database?.close()
  assembly?.remove()
})

describe('the bundles', () => {
  test('are small, import fast, and hold nothing that only the command line needs', () => {
    const rows = [...folders()].map(([name, folder]) => {
      const bundle = readFileSync(join(folder, 'index.mjs'))
      const code = bundle.toString()
      // Strings that survive minifying: error codes of zod and yaml, an exit code of commander.
      for (const word of ['invalid_union', 'BAD_ALIAS', 'commander.unknownOption'])
        expect(code).not.toContain(word)
      expect(readdirSync(folder).toSorted()).toEqual([...shippedWith(name), 'index.mjs'].toSorted())
      // Importing it the usual way loads undici.
      expect(code).not.toMatch(/(from|import\()"node:http"/)
      const gzKb = gzipSync(bundle, { level: 9 }).length / 1000
      expect(gzKb, name).toBeLessThanOrEqual(name === 'probe' ? 180 : 150)
      return {
        name,
        KB: Math.round(bundle.length / 1000),
        'KB gz': Math.round(gzKb),
        'init ms': Math.round(lambdas.get(name)!.initMs),
      }
    })
    expect(rows.map(({ name }) => name).toSorted()).toEqual([...names].toSorted())
    console.table(rows)
  })

  test('that hold it would be noticed: its own source has these words', () => {
    const source = (file: string) => readFileSync(join('node_modules', file), 'utf8')
    expect(source('zod/v4/core/schemas.js')).toContain('invalid_union')
    expect(source('yaml/dist/compose/composer.js') + source('yaml/dist/compose/compose-node.js')).toContain(
      'BAD_ALIAS',
    )
    expect(source('commander/lib/command.js')).toContain('commander.unknownOption')
  })
})

test('one tick from the minute to the alert', async () => {
  const store = dynamoStore(database.client, localTable)
  // A job is stale once the next tick begins, so do not start late in an interval.
  const intoMs = Date.now() % (intervalSeconds * 1000)
  if (intoMs > 45_000) await sleep(intervalSeconds * 1000 - intoMs)
  const tick = tickAtOrBefore(Date.now() / 1000, intervalSeconds)
  await applyPlan(store, configOf(configuration(closedPort)), tick, tick)

  const minute = tickAtOrBefore(tick, 60) - 60
  const time = new Date(minute * 1000).toISOString()
  const { queued: count } = (await lambdas.get('schedule')!.invoke({ time })) as { queued: number }
  queueClock.advance(120_000)
  expect(queued).toHaveLength(count)
  const jobOf = ({ Records: [record] }: SQSEvent) => JSON.parse(record!.body) as Job
  const event = queued.find((candidate) => jobOf(candidate).tick === tick)!
  const job = jobOf(event)
  expect(job).toEqual({ shard: expect.stringMatching(/^60s-\w+-1$/), tick })

  expect(await lambdas.get('probe')!.invoke(event)).toEqual({ batchItemFailures: [] })
  const ballots = await store.ballots(job.shard, tick, tick, { consistent: true })
  expect(ballots).toMatchObject([{ voter: 'us-east-1', ms: [-2], failed: { db: { reason: 'refused' } } }])

  const changed = (sk: string) => ({
    Records: [
      {
        eventName: 'INSERT',
        dynamodb: { Keys: marshall({ pk: `SHARD#${job.shard}`, sk }), SequenceNumber: '1' },
      },
    ],
  })
  const ballot = changed(`BALLOT#${tick}#us-east-1`)
  expect(await lambdas.get('quorum')!.invoke(ballot)).toEqual({ batchItemFailures: [] })
  expect(await lambdas.get('notify')!.invoke(changed('STATE'))).toEqual({ batchItemFailures: [] })
  expect(published).toMatchObject([{ topic: 'upquorum-ops', attributes: { alertId: [`db@${tick}`] } }])

  expect(await lambdas.get('sweep')!.invoke({ time })).toMatchObject({ delivered: expect.any(Number) })
  expect(published).toHaveLength(1)
})

test('a deployment tells CloudFormation that the plan is in the table', async () => {
  const answers: unknown[] = []
  const cloudFormation = createServer((request, response) => {
    text(request).then((body) => {
      answers.push({ method: request.method, type: request.headers['content-type'], ...JSON.parse(body) })
      response.end()
    }, response.destroy.bind(response))
  })
  await new Promise<void>((resolve) => cloudFormation.listen(0, '127.0.0.1', resolve))
  const [plan] = propertiesOf(assembly, 'upquorum-home-us-east-1', 'Custom::UpquorumPlan')
  await lambdas.get('apply')!.invoke({
    RequestType: 'Create',
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'plan',
    ResponseURL: `http://127.0.0.1:${(cloudFormation.address() as AddressInfo).port}/answer`,
    ResourceProperties: { Configuration: plan!.Configuration },
  })
  cloudFormation.close()
  expect(answers).toMatchObject([{ method: 'PUT', type: '', Status: 'SUCCESS' }])
  const { entries } = await dynamoStore(database.client, localTable).currentPlan()
  expect(entries.at(-1)!.from as Tick).toBeLessThanOrEqual(Date.now() / 1000 + 240)
})

test('the daily audit tells the operators who is not subscribed', async () => {
  const before = published.length
  expect(await lambdas.get('audit')!.invoke({ time: new Date().toISOString() })).toEqual({ told: 1 })
  expect(published.slice(before)).toMatchObject([
    { topic: 'upquorum-ops', subject: 'endpoint o***@example.com is NOT SUBSCRIBED' },
  ])
})

test('what the functions did with the table their roles allow', () => {
  const stackOf = (name: Name) =>
    name === 'schedule' || name === 'probe' ? 'upquorum-probe-us-east-1' : 'upquorum-home-us-east-1'
  for (const name of names) {
    const statements = statementsOf(assembly, stackOf(name), `${name}-role`)
    const deeds = witness.deeds.filter(({ by }) => by === name)
    // The audit must not access the table.
    if (name === 'audit') expect(deeds).toEqual([])
    else expect(deeds.length, name).toBeGreaterThan(0)
    expect(deeds.filter((deed) => !isAllowed(deed, statements))).toEqual([])
  }
  // The same comparison would catch a voter that decides.
  const voter = statementsOf(assembly, 'upquorum-probe-us-east-1', 'probe-role')
  const [decision] = witness.deeds.filter(
    ({ by, action, attributes }) =>
      by === 'quorum' && action === 'dynamodb:PutItem' && attributes.includes('rows'),
  )
  expect(decision).toBeDefined()
  expect(isAllowed(decision!, voter)).toBe(false)
})

/** The files next to a bundle. */
function shippedWith(name: Name): readonly string[] {
  if (name === 'apply') return ['configuration.json']
  return name === 'audit' ? ['audited.json'] : []
}

/** A port on which nothing listens: it was free a moment ago and is not reused soon. */
async function portWithoutListener(): Promise<number> {
  const server = createTcpServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
