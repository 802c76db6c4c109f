import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { localTable } from '../../functions/dev/cloud/database.ts'
import { type DeliverContext, deliver } from '../../shared/alerts/deliver/deliver.ts'
import { type Publish, PublishError } from '../../shared/alerts/publish.ts'
import type { Status } from '../../shared/check.ts'
import type { EvaluationContext } from '../../shared/evaluation/context.ts'
import { evaluate } from '../../shared/evaluation/evaluate.ts'
import { sweep } from '../../shared/evaluation/sweep.ts'
import type { ShardPlan } from '../../shared/plan/plan.ts'
import { planReader } from '../../shared/plan/reader.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Event, Store } from '../../shared/store/store.ts'
import { manualClock } from '../fixtures/clock.ts'
import { announce, graceMs, hour, vote } from '../fixtures/home.ts'
import { check } from '../fixtures/words.ts'
import { type Fuse, Stopped } from './fuse.ts'

// The pipeline from ballots to publishes, played tick by tick by a process that may be stopped.

/** Long enough for a lease to expire and for a few sweeps between two ticks. */
export const intervalSeconds = 1200
/** The interval of sweeps, which is longer than a lease. */
const minuteMs = 61_000

export interface Scenario {
  /** Each with the number of the tick from which it is in effect. */
  readonly plans: readonly { readonly from: number; readonly shards: readonly ShardPlan[] }[]
  readonly operators?: string
  /** The votes of every tick by voter: one letter per check of the current shard. */
  readonly ticks: readonly string[]
  /** The answer of a contact's topic during a tick; undefined: it accepts the message. */
  refuse?(contact: string, tickNumber: number): Error | undefined
}

/** One transition in one publish. */
export interface ReceivedAlert {
  readonly contact: string
  readonly alertId: string
  readonly check: string
  readonly from: Status
  readonly to: Status | 'removed'
  readonly tick: number
}

/** The externally visible outcome of a scenario. */
export interface Outcome {
  /** Every transition of every accepted publish, in order. */
  readonly told: readonly ReceivedAlert[]
  /** The notices to the operators about the monitor itself. */
  readonly notices: readonly string[]
  readonly publishes: number
  readonly events: ReadonlyMap<string, readonly Event[]>
  readonly statuses: ReadonlyMap<string, string>
  /** What is still owed at the end, and by which contacts. */
  readonly left: readonly string[]
  readonly deadLetters: number
}

let partitions = 0

/** A separate store inside a shared table. */
export function partitionOf(client: DynamoDBDocumentClient): Store {
  const prefix = `${++partitions}/`
  const send = (command: { input: Record<string, Record<string, string> | undefined> }) => {
    const { Key, Item, ExpressionAttributeValues: values } = command.input
    if (Key !== undefined) command.input.Key = { ...Key, pk: prefix + Key.pk }
    if (Item !== undefined) command.input.Item = { ...Item, pk: prefix + Item.pk }
    if (values?.[':pk'] !== undefined)
      command.input.ExpressionAttributeValues = { ...values, ':pk': prefix + values[':pk'] }
    return client.send(command as never)
  }
  return dynamoStore({ send } as unknown as DynamoDBDocumentClient, localTable)
}

/**
 * Plays a scenario to its end and until nothing is owed. A stopped process is started again; the n-th process has the
 * n-th fuse, and the last one has all that are left.
 */
export async function play(scenario: Scenario, table: Store, fuses: readonly Fuse[] = []): Promise<Outcome> {
  const clock = manualClock(hour * 1000)
  let tickNumber = 0
  let deadLetters = 0
  const store: Store = {
    ...table,
    async putDeadLetter(shard, letter) {
      deadLetters++
      await table.putDeadLetter(shard, letter)
    },
  }
  const told: ReceivedAlert[] = []
  const notices: string[] = []
  let publishes = 0
  const topics: Publish = async (contact, { http }) => {
    const refusal = scenario.refuse?.(contact, tickNumber)
    if (refusal !== undefined) throw new PublishError(refusal)
    publishes++
    for (const one of (http.transitions ?? []) as Omit<ReceivedAlert, 'contact'>[]) {
      const { alertId, check, from, to, tick } = one
      told.push({ contact, alertId, check, from, to, tick })
    }
    for (const { about, name, state } of (http.notices ?? []) as Record<string, string>[]) {
      notices.push(`${about} ${name} ${state}`)
    }
  }

  const { plans, operators } = scenario
  await announce(
    table,
    plans.map(({ from, shards }) => ({
      from: hour + from * intervalSeconds,
      shards,
      ...(operators === undefined ? {} : { operators }),
    })),
  )
  const shardIds = [...new Set(plans.flatMap(({ shards }) => shards.map(({ shard }) => shard)))]

  let started = 0
  function startProcess() {
    const fuse = fuses[started++]
    return fuse === undefined
      ? processOf({ store, clock, publish: topics })
      : processOf({ store: fuse.store(store), clock, publish: fuse.publish(topics) })
  }
  let running = startProcess()

  /** Runs an action in the current process. If it is stopped, the next process starts when its lease has expired. */
  async function survive(act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      if (!fuses[started - 1]?.isBlown) throw error
      if (error instanceof Stopped) running = startProcess()
      await survive(sweepUntilQuiet)
    }
  }

  async function sweepUntilQuiet(): Promise<void> {
    for (let minute = 0; minute < 5; minute++) {
      clock.advance(minuteMs)
      if (!(await running.sweep())) return
    }
  }

  for (const letters of scenario.ticks) {
    const tick = hour + tickNumber * intervalSeconds
    clock.advance((tick + 5) * 1000 - clock.now())
    for (const shard of plans.findLast(({ from }) => from <= tickNumber)!.shards) {
      await vote(table, shard, tick, Object.fromEntries(shard.voters.map((name) => [name, letters])))
    }
    await survive(async () => {
      for (const shard of shardIds) await running.evaluate(shard)
    })
    await survive(sweepUntilQuiet)
    tickNumber++
  }

  const names = [...new Set(plans.flatMap(({ shards }) => shards.flatMap(({ checks }) => checks)))]
  const events = new Map<string, readonly Event[]>()
  const statuses = new Map<string, string>()
  for (const { name } of names) {
    events.set(name, (await table.events(check(name), 50)).toReversed())
    const status = await table.status(check(name))
    if (status !== undefined) statuses.set(name, `${status.to} since ${(status.tick - hour) / 60} min`)
  }
  const left: string[] = []
  for (const shard of shardIds) {
    const state = await table.state(shard, { consistent: true })
    for (const { check, seq } of state?.outbox ?? []) left.push(`${check} ${seq}`)
    if (state !== undefined && state.due !== 0) left.push('due')
    if ((await table.sent(shard)).leaseUntilMs > clock.now()) left.push('lease')
  }
  return { told, notices, publishes, events, statuses, left, deadLetters }
}

/** The functions of one home as one process. */
function processOf(given: Omit<DeliverContext, 'plans'>) {
  const context: EvaluationContext & DeliverContext = {
    ...given,
    plans: planReader(given.store, given.clock),
    graceMs,
  }
  return {
    async evaluate(shard: ShardPlan['shard']): Promise<void> {
      const state = await evaluate(shard, context)
      if (state !== undefined && state.due > 0) await deliver(shard, context)
    },
    /** Returns whether something was owed. */
    async sweep(): Promise<boolean> {
      const { owing, failures } = await sweep(context)
      for (const shard of owing) await deliver(shard, context)
      if (failures.length > 0) throw failures[0]!.cause
      return owing.length > 0
    },
  }
}
