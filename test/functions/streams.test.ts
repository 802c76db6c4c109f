import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Database, startDatabase } from '../../functions/dev/cloud/database.ts'
import { createNotify } from '../../functions/notify.ts'
import { createQuorum } from '../../functions/quorum.ts'
import { createSweep } from '../../functions/sweep.ts'
import type { DeliverContext } from '../../shared/alerts/deliver/deliver.ts'
import type { ShardId } from '../../shared/check.ts'
import type { EvaluationContext } from '../../shared/evaluation/context.ts'
import type { ShardPlan } from '../../shared/plan/plan.ts'
import { planReader } from '../../shared/plan/reader.ts'
import type { Store } from '../../shared/store/store.ts'
import { checkOf, noTopic, throttled } from '../alerts/delivery.ts'
import { manualClock } from '../fixtures/clock.ts'
import { announce, graceMs, hour, shardPlan, vote } from '../fixtures/home.ts'
import { shardId } from '../fixtures/words.ts'
import { partitionOf } from '../line/world.ts'
import { context, recordingLog, streamRecord } from './events.ts'

let database: Database
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.close())

const ids = ['60s-abcdef-1', '60s-abcdef-2', '60s-abcdef-3'].map(shardId)
let table: Store
let shards: readonly ShardPlan[]
let log: ReturnType<typeof recordingLog>
let clock: ReturnType<typeof manualClock>
/** The published alerts as `contact alertId`. */
let heard: string[]
beforeEach(async () => {
  table = partitionOf(database.client)
  log = recordingLog()
  clock = manualClock(hour * 1000)
  heard = []
  shards = ids.map((id, index) =>
    shardPlan('p1', id, ['a', 'b'], [checkOf(`web-${index + 1}`, { hook: 'all', ops: 'all' })]),
  )
  await announce(table, [{ from: hour, shards }])
})

/** A table in which every operation on one shard fails. */
function without(broken: ShardId, method: 'state' | 'sent'): Store {
  return {
    ...table,
    async [method](shard: ShardId) {
      if (shard === broken) throw new Error('ProvisionedThroughputExceededException')
      return (table[method] as (...args: unknown[]) => Promise<never>)(shard, { consistent: true })
    },
  }
}

const failing = new Map<string, Error>()
beforeEach(() => failing.clear())

function contextOf(store: Store): EvaluationContext & DeliverContext {
  return {
    store,
    plans: planReader(store, clock),
    clock,
    graceMs,
    async publish(contact, { attributes }) {
      const failure = failing.get(contact)
      if (failure !== undefined) throw failure
      for (const id of attributes.alertId) heard.push(`${contact} ${id}`)
    },
  }
}

const voteAll = (letters: string) =>
  Promise.all(shards.map((shard) => vote(table, shard, hour, { a: letters, b: letters })))
const ballotRecord = (id: ShardId, voter = 'a') => streamRecord(`SHARD#${id}`, `BALLOT#${hour}#${voter}`)
const stateRecord = (id: ShardId) => streamRecord(`SHARD#${id}`, 'STATE')
const identify = (record: ReturnType<typeof streamRecord>) => ({
  itemIdentifier: record.dynamodb!.SequenceNumber!,
})
const tickOf = async (id: ShardId) => (await table.state(id, { consistent: true }))?.tick

describe('the quorum', () => {
  test('decides every shard of a batch; one that fails is sent again, with all of its records', async () => {
    await voteAll('x')
    const records = [
      ballotRecord(ids[0]!),
      ballotRecord(ids[1]!, 'a'),
      ballotRecord(ids[1]!, 'b'),
      ballotRecord(ids[2]!),
    ]
    const quorum = createQuorum(contextOf(without(ids[1]!, 'state')), log)
    expect(await quorum({ Records: records }, context)).toEqual({
      batchItemFailures: [identify(records[1]!), identify(records[2]!)],
    })
    expect(await Promise.all(ids.map(tickOf))).toEqual([hour, undefined, hour])
    expect(log.lines).toEqual([
      'error 2 records failed and will be retried: Error: ProvisionedThroughputExceededException',
    ])

    const again = await createQuorum(contextOf(table), log)({ Records: records.slice(1, 3) }, context)
    expect(again).toEqual({ batchItemFailures: [] })
    expect(await tickOf(ids[1]!)).toBe(hour)
  })

  test('settles a shard once for all of its records', async () => {
    await voteAll('x')
    let reads = 0
    const counting: Store = {
      ...table,
      state: (...args) => {
        reads++
        return table.state(...args)
      },
    }
    const records = Array.from({ length: 10 }, () => ballotRecord(ids[0]!))
    await createQuorum(contextOf(counting), log)({ Records: records }, context)
    expect(reads).toBe(1)
  })

  test('leaves a record that no filter should have let through to the failures, alone', async () => {
    await voteAll('x')
    const stray = streamRecord('CHECK#web', 'STATUS')
    const { dynamodb: _, ...empty } = stray
    const records = [stray, empty, ballotRecord(ids[0]!)]
    const { batchItemFailures } = await createQuorum(contextOf(table), log)({ Records: records }, context)
    expect(batchItemFailures).toEqual([identify(stray), { itemIdentifier: '' }])
    expect(await tickOf(ids[0]!)).toBe(hour)
    expect(log.lines[0]).toBe(
      'error a record failed and will be retried: Error: "CHECK#web" is not the key of a shard',
    )
  })
})

describe('notify', () => {
  beforeEach(async () => {
    await voteAll('x')
    await createQuorum(contextOf(table), log)({ Records: ids.map((id) => ballotRecord(id)) }, context)
  })

  test('a contact that cannot be reached is no failure of the record: the sweep tries again', async () => {
    failing.set('hook', throttled)
    const notify = createNotify(contextOf(table), log)
    expect(await notify({ Records: [stateRecord(ids[0]!)] }, context)).toEqual({ batchItemFailures: [] })
    expect(heard).toEqual([`ops web-1@${hour}`])
    expect(log.lines).toEqual(['error an alert to hook will be retried: ThrottlingException: Rate exceeded'])
  })

  test('what there is no time for is no failure of the record either: nothing is published after its end', async () => {
    const endMs = clock.now() + 16_000
    const hanging = {
      ...contextOf(table),
      async publish(contact: string) {
        heard.push(`${contact} ${(clock.now() - endMs) / 1000} s`)
        clock.advance(10_000)
        throw throttled
      },
    }
    const lambda = { ...context, getRemainingTimeInMillis: () => endMs - clock.now() }
    const records = [stateRecord(ids[0]!)]
    expect(await createNotify(hanging, log)({ Records: records }, lambda)).toEqual({ batchItemFailures: [] })
    expect(heard).toEqual(['hook -16 s'])
  })

  test('what is given up is said to be', async () => {
    failing.set('hook', noTopic)
    await createNotify(contextOf(table), log)({ Records: [stateRecord(ids[0]!)] }, context)
    expect(log.lines).toEqual([
      'error an alert to hook was given up: NotFoundException: Topic does not exist',
    ])
  })

  test('a shard whose table fails is sent again, the others are delivered', async () => {
    const records = ids.map(stateRecord)
    const notify = createNotify(contextOf(without(ids[1]!, 'sent')), log)
    expect(await notify({ Records: records }, context)).toEqual({
      batchItemFailures: [identify(records[1]!)],
    })
    expect(heard.sort()).toEqual([
      `hook web-1@${hour}`,
      `hook web-3@${hour}`,
      `ops web-1@${hour}`,
      `ops web-3@${hour}`,
    ])
  })
})

describe('the sweep', () => {
  test('decides and delivers what no record spoke of', async () => {
    await voteAll('x')
    expect(await createSweep(contextOf(table), log)({}, context)).toEqual({ delivered: 3 })
    expect(heard).toHaveLength(6)
    expect(await createSweep(contextOf(table), log)({}, context)).toEqual({ delivered: 0 })
    expect(heard).toHaveLength(6)
  })

  test('closes ticks that passed in silence', async () => {
    await createSweep(contextOf(table), log)({}, context)
    expect(await tickOf(ids[0]!)).toBe(hour - 60)
    clock.advance(30_000)
    await createSweep(contextOf(table), log)({}, context)
    expect(await Promise.all(ids.map(tickOf))).toEqual([hour, hour, hour])
    expect(heard).toEqual([])
  })

  test('fails only after it has done what could be done', async () => {
    await voteAll('x')
    const sweep = createSweep(contextOf(without(ids[1]!, 'state')), log)
    await expect(sweep({}, context)).rejects.toThrow(
      '1 failed, the first with: Error: shard 60s-abcdef-2 could not be evaluated: ' +
        'Error: ProvisionedThroughputExceededException',
    )
    expect(heard).toHaveLength(4)
  })

  test('two at once and a notify deliver once', async () => {
    await voteAll('x')
    const sweep = createSweep(contextOf(table), log)
    const notify = createNotify(contextOf(table), log)
    await sweep({}, context).catch(() => {})
    heard.length = 0
    clock.advance(60_000)
    await Promise.all(shards.map((shard) => vote(table, shard, hour + 60, { a: 'o', b: 'o' })))
    await Promise.all([
      sweep({}, context),
      createSweep(contextOf(table), log)({}, context),
      notify({ Records: ids.map(stateRecord) }, context),
    ])
    expect(heard).toHaveLength(new Set(heard).size)
    await sweep({}, context)
    expect(new Set(heard).size).toBe(6)
    expect(heard).toHaveLength(6)
  })
})
