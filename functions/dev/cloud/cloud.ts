import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { DynamoDBRecord } from 'aws-lambda'
import { snsPublish } from '../../../shared/alerts/publish.ts'
import { tickAtOrAfter } from '../../../shared/check.ts'
import type { Config } from '../../../shared/config/config.ts'
import { type CheckStatus, checkStatuses } from '../../../shared/evaluation/status.ts'
import { createResolver } from '../../../shared/network/resolve.ts'
import { type Applied, applyPlan } from '../../../shared/plan/apply.ts'
import { planReader } from '../../../shared/plan/reader.ts'
import type { Line } from '../../../shared/replay/lines.ts'
import { createSecrets } from '../../../shared/secrets/resolve.ts'
import { dynamoStore } from '../../../shared/store/dynamo.ts'
import type { Store } from '../../../shared/store/store.ts'
import { createNotify } from '../../notify.ts'
import { createQuorum } from '../../quorum.ts'
import { systemClock as clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { openSocketsFor } from '../../runtime/raw.ts'
import { createSweep } from '../../sweep.ts'
import { localContext as context } from './context.ts'
import { localCredentials, localTable, startDatabase } from './database.ts'
import { startEndpoint } from './endpoint.ts'
import { trackInFlight } from './in-flight.ts'
import { onInterval } from './interval.ts'
import { recordLines, topicPrefix } from './recorder.ts'
import { freeLeases, resume } from './resume.ts'
import { sourceAddresses } from './source-addresses.ts'
import { isDue, isNewBallot, recordWrites } from './streams.ts'
import { keepSweeping } from './sweeping.ts'
import { publishTo } from './topics.ts'
import { playVoters } from './voters.ts'

/** The whole pipeline in one process on this machine. */
export interface Cloud {
  readonly store: Store
  readonly plan: Applied
  /** The status of each check when this run began. */
  readonly statuses: readonly CheckStatus[]
  /** The URLs of the table and of the services. */
  readonly addresses: { readonly database: string; readonly services: string }
  /** Starts the ticks. */
  start(): void
  /** Starts no more ticks, finishes and delivers those in progress, and closes everything. */
  stop(): Promise<void>
}

export interface CloudOptions {
  readonly config: Config
  /** The path of the table; if absent, it is kept in memory. */
  readonly databasePath?: string
  emit(line: Line): void
}

/** Time between a tick's last possible answer and its deadline in a local run. */
const localGraceMs = 2_000

/** Builds the local cloud around the same handlers that run on AWS, with the same events. */
export async function buildCloud({ config, databasePath, emit }: CloudOptions): Promise<Cloud> {
  const warn = (message: string) => emit({ type: 'warning', message })
  const log = terminalLog(warn)
  const database = await startDatabase(databasePath)
  const store = dynamoStore(database.client, localTable)
  const nowSeconds = clock.now() / 1000
  // The plan takes effect at once, because no process here caches an older one.
  const plan = await applyPlan(store, config, tickAtOrAfter(nowSeconds, 1), nowSeconds)
  const plans = planReader(store, clock)
  const recorder = recordLines(store, plans, emit)
  const work = trackInFlight((error) => warn(`some events cannot be shown: ${error}`))
  // A handler has already logged the error that it throws.
  const invoke = (act: () => Promise<unknown>) => work.run(() => act().catch(() => {}))

  const topics = new Set(config.contacts.map(({ name }) => `${topicPrefix}${name}`))
  const endpoint = await startEndpoint({
    Publish: publishTo(
      (topic) => topics.has(topic),
      // An alert is shown before it counts as delivered, and after its transition, even if the transition's evidence
      // takes long to read.
      (published) => work.afterwards(() => recorder.published(published)),
    ),
    SendMessageBatch: (body) => voters.sendBatch(body),
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
      if (isDue(record)) invoke(() => notify(event, context))
      if (isNewBallot(record)) invoke(() => quorum(event, context))
    })
  })

  const names = [...config.regions, ...config.runners.map(({ name }) => name)]
  const raw = await openSocketsFor(
    config.checks.map(({ kind }) => kind),
    warn,
  )
  const voters = playVoters({
    names,
    plans,
    homes: new Map([['local', store]]),
    clock,
    graceMs: localGraceMs,
    createResolver: () => createResolver(),
    secret: createSecrets({ clock, env: (name) => process.env[name] }),
    privateAllowed: true,
    raw,
    localAddressOf: await sourceAddresses(names, warn),
    queue: sqs,
    queuesUrl: endpoint.url,
    log,
    invoke,
  })

  const teller = { ...recorder, warn }
  await freeLeases(evaluating)
  await resume(evaluating, teller)
  const timers: (() => void)[] = []

  return {
    store,
    plan,
    statuses: await checkStatuses(store, plans, tickAtOrAfter(clock.now() / 1000, 1)),
    addresses: { database: database.url, services: endpoint.url },
    start() {
      voters.begin()
      timers.push(
        onInterval(clock, 60_000, voters.schedule),
        keepSweeping({
          clock,
          sweep: () => sweep({}, context),
          async wake() {
            voters.clear()
            await resume(evaluating, teller)
            voters.begin()
          },
          invoke,
        }),
      )
    },
    async stop() {
      for (const cancel of timers) cancel()
      voters.end()
      await work.idle()
      invoke(() => sweep({}, context))
      await work.idle()
      sns.destroy()
      sqs.destroy()
      raw?.close()
      await endpoint.close()
      await database.close()
    },
  }
}

/** Shows warnings and errors of the handlers as one sentence each; the other fields are dropped. */
function terminalLog(warn: (message: string) => void): Log {
  const say = (message: string, { error }: Record<string, unknown> = {}) =>
    warn(error === undefined ? message : `${message}: ${error}`)
  return { info: () => {}, warn: say, error: say }
}
