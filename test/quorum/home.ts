import { localTable, startDatabase } from '../../functions/dev/database.ts'
import type { Alert, PlanVersion, ShardId, VoterName } from '../../shared/check.ts'
import { summaryOf } from '../../shared/plan/make.ts'
import type { PlanEntry, PlanIndex, PlannedCheck, ShardPlan } from '../../shared/plan/plan.ts'
import { indexPart, planReader } from '../../shared/plan/reader.ts'
import type { Judged } from '../../shared/quorum/decide.ts'
import type { SettleContext } from '../../shared/quorum/settle.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import { manualClock } from '../fixtures/clock.ts'
import { ballotOf, judged } from './shards.ts'
import { contact, tick, version } from './words.ts'

// A home with a real table, for tests of what reads and writes it.

/** Whole ticks of every interval used here: an hour begins. */
export const hour = 1_790_002_800

/** The timeout of every check here; with the grace, a tick closes 30 s after it began. */
export const timeoutMs = 10_000
export const graceMs = 20_000
export const closesAfterMs = timeoutMs + graceMs

export interface Home {
  readonly store: Store
  readonly clock: ReturnType<typeof manualClock>
  /** What settle and patrol are given; its plans are read anew, as by a cold function. */
  context(store?: Store): SettleContext
  close(): Promise<void>
}

/** Starts the embedded database; the clock stands at `hour`. */
export async function startHome(): Promise<Home> {
  const database = await startDatabase()
  const store = dynamoStore(database.client, localTable)
  const clock = manualClock(hour * 1000)
  return {
    store,
    clock,
    context: (own = store) => ({ store: own, plans: planReader(own, clock), clock, graceMs }),
    close: database.close,
  }
}

/** A check as the plan has it. */
export function planned(one: string | Judged, contacts: readonly string[] = ['ops']): PlannedCheck {
  const alerts = contacts.map(
    (name): Alert => ({ contact: contact(name), on: ['offline', 'degraded', 'online'] }),
  )
  return {
    ...(typeof one === 'string' ? judged(one) : one),
    kind: 'tcp',
    target: { host: 'example.com', port: 5432 },
    label: 'example.com:5432',
    timeoutMs,
    alerts,
    tags: [],
    allowPrivate: false,
  }
}

export function shardPlan(
  plan: string,
  shard: ShardId,
  voters: readonly string[],
  checks: readonly PlannedCheck[],
): ShardPlan {
  return {
    version: version(plan),
    shard,
    intervalSeconds: Number.parseInt(shard, 10),
    voters: voters as readonly VoterName[],
    checks,
  }
}

/** Writes plans and announces them, each with the tick from which it holds, oldest first. */
export async function announce(
  store: Store,
  plans: readonly { from: number; shards: readonly ShardPlan[]; version?: PlanVersion; operators?: string }[],
): Promise<void> {
  const entries: PlanEntry[] = []
  for (const { from, shards, version: own, operators } of plans) {
    const planVersion = own ?? shards[0]!.version
    const index: PlanIndex = {
      version: planVersion,
      ...(operators === undefined ? {} : { operators: contact(operators) }),
      contacts: [contact('ops')],
      shards: shards.map(summaryOf),
    }
    for (const shard of shards) await store.putDocument(planVersion, shard.shard, JSON.stringify(shard))
    await store.putDocument(planVersion, indexPart, JSON.stringify(index))
    entries.push({ version: planVersion, from: tick(from) })
  }
  const { revision } = await store.currentPlan()
  await store.putCurrentPlan({ revision, entries })
}

/** Writes one ballot for each voter named: `{ a: 'ox' }` is a's ballot, online for the first check, offline for the second. */
export async function vote(
  store: Store,
  shard: ShardPlan,
  at: number,
  letters: Readonly<Record<string, string>>,
): Promise<void> {
  const options = { late: false, expires: at + 86_400 }
  await Promise.all(
    Object.entries(letters).map(([name, each]) =>
      store.putBallot(shard.shard, ballotOf(shard, at, name, each), options),
    ),
  )
}
