import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Context } from 'aws-lambda'
import { localTable, startDatabase } from '../functions/dev/cloud/database.ts'
import { trackInFlight } from '../functions/dev/cloud/in-flight.ts'
import { isDue, isNewBallot, recordWrites } from '../functions/dev/cloud/streams.ts'
import { createNotify } from '../functions/notify.ts'
import { createQuorum } from '../functions/quorum.ts'
import { createSweep } from '../functions/sweep.ts'
import type { Publish } from '../shared/alerts/publish.ts'
import type { CheckName, ContactName, PlanVersion, ShardId, Tick, VoterName } from '../shared/check.ts'
import type { Clock } from '../shared/clock.ts'
import { summaryOf } from '../shared/plan/make.ts'
import type { PlanIndex, PlannedCheck, ShardPlan } from '../shared/plan/plan.ts'
import { indexPart, planReader } from '../shared/plan/reader.ts'
import { packBallot } from '../shared/quorum/ballot.ts'
import { dynamoStore } from '../shared/store/dynamo.ts'
import type { Store } from '../shared/store/store.ts'

// The pipeline from the ballots on: an embedded table, stream records made from its writes, and the handlers that AWS
// calls. The clock is simulated, so an hour of ticks takes seconds.

export interface BenchLine {
  readonly client: DynamoDBDocumentClient
  readonly store: Store
  /** Sets the clock, which does not advance by itself, to epoch seconds. */
  setTime(seconds: number): void
  /** Writes a voter's ballot as a prober does. Resolves when it is written. */
  cast(voter: VoterName, tick: Tick, ms: readonly number[]): Promise<void>
  sweep(): Promise<void>
  /** Resolves when every invocation started by the streams has ended. */
  idle(): Promise<void>
  close(): Promise<void>
}

export const intervalSeconds = 60
const timeoutMs = 10_000
export const graceMs = 20_000
/** The lifetime of a ballot item, as castBallot sets it. */
const ballotSeconds = 30 * 86_400
const version = 'b0b1b2b3b4b5' as PlanVersion
const contact = 'ops' as ContactName
const context = { getRemainingTimeInMillis: () => 60_000, awsRequestId: 'bench' } as Context

/** Creates a shard of `checks` checks, all with these confirmations and this delay in both directions. */
export function shardOf(
  checks: number,
  voters: readonly string[],
  { confirmations, delay }: { confirmations: number; delay: number },
): ShardPlan {
  return {
    version,
    shard: `${intervalSeconds}s-a1b2c3-1` as ShardId,
    intervalSeconds,
    voters: voters as readonly VoterName[],
    checks: Array.from({ length: checks }, (_, index) => plannedCheck(index, confirmations, delay)),
  }
}

function plannedCheck(index: number, confirmations: number, delay: number): PlannedCheck {
  return {
    name: `shop-${String(index).padStart(3, '0')}` as CheckName,
    kind: 'tcp',
    target: { host: 'example.com', port: 443 },
    label: 'example.com:443',
    timeoutMs,
    confirmations,
    delay: { down: delay, up: delay },
    alerts: [{ contact, on: ['offline', 'degraded', 'online'] }],
    tags: ['shop'],
    allowPrivate: false,
  }
}

export async function startLine(shard: ShardPlan, firstTick: Tick, publish: Publish): Promise<BenchLine> {
  const { client, close } = await startDatabase()
  const store = dynamoStore(client, localTable)
  let nowMs = 0
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => performance.now(),
    timer(delayMs, callback) {
      const timer = setTimeout(callback, delayMs)
      return () => clearTimeout(timer)
    },
  }
  const setTime = (seconds: number) => {
    nowMs = seconds * 1000
  }
  setTime(firstTick - intervalSeconds)
  await announce(store, [shard], firstTick)

  const plans = planReader(store, clock)
  const failures: unknown[] = []
  const work = trackInFlight((error) => failures.push(error))
  const fail = (message: string, fields?: Record<string, unknown>) =>
    failures.push(new Error(`${message} ${JSON.stringify(fields)}`))
  const log = { info: () => {}, warn: fail, error: fail }
  const handling = { store, plans, clock, graceMs, publish }
  const quorum = createQuorum(handling, log)
  const notify = createNotify(handling, log)
  const sweep = createSweep(handling, log)
  recordWrites(client, (record) => {
    const event = { Records: [record] }
    if (isDue(record)) work.run(() => notify(event, context))
    if (isNewBallot(record)) work.run(() => quorum(event, context))
  })

  return {
    client,
    store,
    setTime,
    cast: (voter, tick, ms) => putVotes(store, shard, voter, tick, ms),
    async sweep() {
      await sweep({}, context)
    },
    async idle() {
      await work.idle()
      if (failures.length > 0) throw new AggregateError(failures, 'the pipeline of this benchmark failed')
    },
    close,
  }
}

/**
 * Writes a voter's ballot as a prober does.
 *
 * @param ms the latency of each check; a negative value stands for an offline vote.
 */
export async function putVotes(
  store: Store,
  shard: ShardPlan,
  voter: VoterName,
  tick: Tick,
  ms: readonly number[],
): Promise<void> {
  const refused = {
    vote: 'offline',
    reason: 'refused',
    detail: 'example.com:443 refused the connection',
  } as const
  const votes = ms.map((each) => (each < 0 ? refused : ({ vote: 'online', ms: each } as const)))
  const ballot = packBallot({ voter, tick, plan: shard.version }, shard.checks, votes)
  await store.putBallot(shard.shard, ballot, { late: false, expires: tick + ballotSeconds })
}

/** Writes a plan with these shards that takes effect at tick `from`. */
export async function announce(store: Store, shards: readonly ShardPlan[], from: Tick): Promise<void> {
  const index: PlanIndex = {
    version,
    contacts: [contact],
    shards: shards.map(summaryOf),
  }
  for (const shard of shards) await store.putDocument(version, shard.shard, JSON.stringify(shard))
  await store.putDocument(version, indexPart, JSON.stringify(index))
  await store.putCurrentPlan({ revision: 0, entries: [{ version, from }] })
}
