import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { Context, DynamoDBRecord } from 'aws-lambda'
import { deliver } from '../../shared/alerts/deliver.ts'
import { snsPublish } from '../../shared/alerts/publish.ts'
import { tickAtOrAfter, tickAtOrBefore } from '../../shared/check.ts'
import type { Config } from '../../shared/config/config.ts'
import { createResolver } from '../../shared/network/resolve.ts'
import { type Applied, applyPlan } from '../../shared/plan/apply.ts'
import { planReader } from '../../shared/plan/reader.ts'
import { knownShards } from '../../shared/quorum/patrol.ts'
import { settle } from '../../shared/quorum/settle.ts'
import { type Standing, standings } from '../../shared/quorum/standing.ts'
import { skipTo } from '../../shared/quorum/state.ts'
import type { Line } from '../../shared/replay/lines.ts'
import { createSecrets } from '../../shared/secrets/resolve.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import { systemClock as clock } from '../clock.ts'
import { createNotify } from '../notify.ts'
import { createProbe } from '../probe.ts'
import { createQuorum } from '../quorum.ts'
import type { Log } from '../runtime/log.ts'
import { createSchedule } from '../schedule.ts'
import { createSweep } from '../sweep.ts'
import { localCredentials, localTable, startDatabase } from './database.ts'
import { startEndpoint } from './endpoint.ts'
import { type DelayQueue, delayQueue } from './queue.ts'
import { recordLines, topicPrefix } from './recorder.ts'
import { running } from './running.ts'
import { sourceAddresses } from './sources.ts'
import { isDue, isNewBallot, recordWrites } from './streams.ts'
import { publishTo } from './topics.ts'

/** The whole straight line in one process, on this machine. */
export interface Cloud {
  readonly store: Store
  readonly plan: Applied
  /** Where each check stood when this run began. */
  readonly standings: readonly Standing[]
  /** Where the table and the services answer. */
  readonly addresses: { readonly database: string; readonly services: string }
  /** Lets the ticks begin. */
  start(): void
  /** Begins no more ticks, lets those in progress end and be delivered, and closes everything. */
  stop(): Promise<void>
}

export interface CloudOptions {
  readonly config: Config
  /** Where the table is kept; absent: in memory. */
  readonly databasePath?: string
  emit(line: Line): void
}

/** Between a tick's last possible answer and its deadline, on one machine. */
const localGraceMs = 2_000
/** The sweep comes each minute in the cloud; here somebody is watching. */
const sweepEveryMs = 2_000
const context = { getRemainingTimeInMillis: () => 60_000, awsRequestId: 'local' } as Context

/** Builds the local cloud around the same functions that AWS runs, with the same events. */
export async function buildCloud({ config, databasePath, emit }: CloudOptions): Promise<Cloud> {
  const warn = (message: string) => emit({ type: 'warning', message })
  const log = terminalLog(warn)
  const database = await startDatabase(databasePath)
  const store = dynamoStore(database.client, localTable)
  const nowSeconds = clock.now() / 1000
  // Nobody here holds an older plan in a cache: a new one holds at once.
  const plan = await applyPlan(store, config, tickAtOrAfter(nowSeconds, 1), nowSeconds)
  const plans = planReader(store, clock)
  const recorder = recordLines(store, plans, emit)
  const work = running((error) => warn(`an invocation failed: ${error}`))

  const topics = new Set(config.contacts.map(({ name }) => `${topicPrefix}${name}`))
  const queues = new Map<string, DelayQueue>()
  const endpoint = await startEndpoint({
    Publish: publishTo((topic) => topics.has(topic), recorder.published),
    SendMessageBatch: (body) =>
      queues.get((JSON.parse(body) as { QueueUrl: string }).QueueUrl)!.sendBatch(body),
  })
  const service = { endpoint: endpoint.url, region: 'local', credentials: localCredentials }
  const sns = new SNSClient(service)
  const sqs = new SQSClient(service)
  const publish = snsPublish(
    sns,
    (contact) => `arn:aws:sns:local:000000000000:${topicPrefix}${contact}`,
    clock,
  )
  const evaluating = { store, plans, clock, graceMs: localGraceMs, publish }
  const quorum = createQuorum(evaluating, log)
  const notify = createNotify(evaluating, log)
  const sweep = createSweep(evaluating, log)

  recordWrites(database.client, (record: DynamoDBRecord) => {
    const event = { Records: [record] }
    work.inOrder(record.dynamodb!.Keys!.pk!.S!, async () => {
      await recorder.record(record)
      if (isDue(record)) work.run(() => notify(event, context))
      if (isNewBallot(record)) work.run(() => quorum(event, context))
    })
  })

  const voters = [...config.regions, ...config.runners.map(({ name }) => name)]
  const sources = await sourceAddresses(voters, warn)
  const secret = createSecrets({ clock, env: (name) => process.env[name] })
  const schedules = voters.map((voter) => {
    const probe = createProbe(
      {
        voter,
        plans,
        homes: new Map([['local', store]]),
        clock,
        graceMs: localGraceMs,
        createResolver: () => createResolver(),
        secret,
        privateAllowed: true,
        localAddress: sources(voter),
      },
      log,
    )
    const queueUrl = `${endpoint.url}/${voter}`
    queues.set(
      queueUrl,
      delayQueue(clock, (event) => work.run(() => probe(event, context))),
    )
    return createSchedule({ voter, plans, queue: sqs, queueUrl, clock, log })
  })

  await resume()
  const timers: (() => void)[] = []

  /** Ticks that nothing was scheduled for do not exist: the time between two runs is nobody's fault. */
  async function resume(): Promise<void> {
    for (const { shard, intervalSeconds } of await knownShards(evaluating)) {
      const state = await settle(shard, evaluating)
      if (state === undefined || state.revision === 0) continue
      recorder.skip(shard, state.seq)
      const newest = tickAtOrBefore(clock.now() / 1000, intervalSeconds)
      if (state.tick < newest) await store.putState(skipTo(state, newest))
      await deliver(shard, evaluating)
    }
  }

  function schedule(minuteMs: number): void {
    const event = { time: new Date(minuteMs).toISOString() }
    for (const schedule of schedules) work.run(() => schedule(event, context))
  }

  return {
    store,
    plan,
    standings: await standings(store, plans, tickAtOrBefore(clock.now() / 1000, 1)),
    addresses: { database: database.url, services: endpoint.url },
    start() {
      const minuteMs = Math.floor(clock.now() / 60_000) * 60_000
      // A minute's jobs are queued a minute ahead: the first two are caught up with.
      schedule(minuteMs - 60_000)
      schedule(minuteMs)
      timers.push(every(60_000, minuteMs + 60_000, schedule))
      timers.push(every(sweepEveryMs, clock.now() + sweepEveryMs, () => work.run(() => sweep({}, context))))
    },
    async stop() {
      for (const cancel of timers) cancel()
      for (const queue of queues.values()) queue.clear()
      await work.idle()
      await sweep({}, context)
      await work.idle()
      sns.destroy()
      sqs.destroy()
      await endpoint.close()
      await database.close()
    },
  }
}

/** What the functions log goes where a person reads, in one sentence. */
function terminalLog(warn: (message: string) => void): Log {
  const say = (message: string, { error }: Record<string, unknown> = {}) =>
    warn(error === undefined ? message : `${message}: ${error}`)
  return { info: () => {}, warn: say, error: say }
}

/** Calls `act` with the moment it was due at, every `periodMs` from `firstMs` on. */
function every(periodMs: number, firstMs: number, act: (dueMs: number) => void): () => void {
  let cancel = () => {}
  function arm(dueMs: number) {
    cancel = clock.timer(Math.max(0, dueMs - clock.now()), () => {
      // After a sleep of the machine the missed ones are not made up for.
      const nextMs = Math.max(dueMs + periodMs, Math.floor(clock.now() / periodMs) * periodMs)
      arm(nextMs)
      act(dueMs)
    })
  }
  arm(firstMs)
  return () => cancel()
}
