import type { Context } from 'aws-lambda'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSweep } from '../../functions/sweep.ts'
import type { Message } from '../../shared/alerts/transition.ts'
import type { Store } from '../../shared/store/store.ts'
import { announce, type Home, hour, planned, shardPlan, startHome, vote } from '../fixtures/home.ts'
import { shardId } from '../fixtures/words.ts'
import { judged } from '../quorum/shards.ts'

let home: Home
beforeEach(async () => {
  home = await startHome()
})
afterEach(() => home.close())

const impatient = judged('web', { delay: { down: 1, up: 1 } })
const web = planned(impatient)
const shards = ['1', '2', '3'].map((number) =>
  shardPlan('p1', shardId(`60s-abcdef-${number}`), ['a', 'b'], [web]),
)

/** Runs one sweep over this store; returns what was published and logged. */
async function sweepOver(
  store: Store,
  remainingMs: () => number = () => 60_000,
  onPublish: () => void = () => {},
) {
  const published: Message[] = []
  const logged: string[] = []
  const sweep = createSweep(
    {
      ...home.context(store),
      publish: async (_contact, message) => {
        published.push(message)
        onPublish()
      },
    },
    { info: () => {}, warn: () => {}, error: (message) => logged.push(message) },
  )
  const outcome = await sweep({}, { getRemainingTimeInMillis: remainingMs } as Context).then(
    (result) => ({ result }),
    (error: Error) => ({ error: error.message }),
  )
  return { ...outcome, published: published.length, logged }
}

beforeEach(async () => {
  await announce(home.store, [{ from: hour, shards }])
  for (const shard of shards) await vote(home.store, shard, hour, { a: 'x', b: 'x' })
})

test('a sweep settles and delivers every shard', async () => {
  expect(await sweepOver(home.store)).toEqual({ result: { delivered: 3 }, published: 3, logged: [] })
})

test('a shard that cannot be settled and one that cannot be delivered fail the sweep after the third is told', async () => {
  const [unsettled, undelivered] = shards
  const broken: Store = {
    ...home.store,
    async state(shard, options) {
      if (shard === unsettled!.shard) throw new Error('the item is damaged')
      return home.store.state(shard, options)
    },
    async putSent(sent) {
      if (sent.shard === undelivered!.shard) throw new Error('throttled')
      return home.store.putSent(sent)
    },
  }
  expect(await sweepOver(broken)).toEqual({
    error:
      '2 failed, the first with: Error: shard 60s-abcdef-1 could not be evaluated: Error: the item is damaged',
    published: 1,
    logged: [
      'shard 60s-abcdef-1 could not be evaluated: Error: the item is damaged',
      'the shard 60s-abcdef-2 could not be delivered: Error: throttled',
      'the invocation failed',
    ],
  })
})

test('what fails for the same reason is one line of the log', async () => {
  const broken: Store = {
    ...home.store,
    async state(shard, options) {
      if (shard === shards[2]!.shard) throw new Error('the item is damaged')
      return home.store.state(shard, options)
    },
    async putSent() {
      throw new Error('throttled')
    },
  }
  expect((await sweepOver(broken)).logged).toEqual([
    'shard 60s-abcdef-3 could not be evaluated: Error: the item is damaged',
    'the shard 60s-abcdef-1 could not be delivered: Error: throttled; 1 more failed for the same reason',
    'the invocation failed',
  ])
})

test('a sweep whose time runs out begins no delivery, and says what is left', async () => {
  const endMs = home.clock.now() + 60_000
  const swept = await sweepOver(
    home.store,
    () => endMs - home.clock.now(),
    () => home.clock.advance(50_000),
  )
  expect(swept).toEqual({
    error:
      '1 failed, the first with: Error: 2 of 3 shards were not delivered in time; the next sweep tries again',
    published: 1,
    logged: ['the invocation failed'],
  })
})

test('a delivery that is begun late publishes nothing after the end of the function, and leaves no lease', async () => {
  const names = ['a1', 'b2', 'c3', 'd4']
  const crowd = shardPlan('p1', shards[0]!.shard, ['a', 'b'], [planned(impatient, names)])
  await announce(home.store, [{ from: hour, shards: [crowd] }])
  const endMs = home.clock.now() + 26_000
  const begun: number[] = []
  await sweepOver(
    home.store,
    () => endMs - home.clock.now(),
    () => {
      begun.push(home.clock.now() - endMs)
      home.clock.advance(10_000)
    },
  )
  // A publish takes at most ten seconds, and the table operations a little more.
  expect(begun).toEqual([-26_000, -16_000])
  expect((await home.store.sent(crowd.shard)).leaseUntilMs).toBe(0)
})

test('shards that there was no time for are the first of the next minute', async () => {
  let slow = true
  const asked: string[] = []
  const many = Array.from({ length: 20 }, (_, index) =>
    shardPlan('p1', shardId(`60s-fedcba-${index + 1}`), ['a', 'b'], [web]),
  )
  await announce(home.store, [{ from: hour, shards: many }])
  const table: Store = {
    ...home.store,
    async state(shard, options) {
      asked.push(shard)
      await new Promise((resolve) => setImmediate(resolve))
      if (slow) home.clock.advance(2_000)
      return home.store.state(shard, options)
    },
  }
  const sweep = createSweep(
    { ...home.context(table), publish: async () => {} },
    { info: () => {}, warn: () => {}, error: () => {} },
  )
  const lambda = { getRemainingTimeInMillis: () => 60_000 } as Context
  await expect(sweep({}, lambda)).rejects.toThrow('12 of 20 shards are left for the next sweep')
  slow = false
  asked.length = 0
  await sweep({}, lambda)
  expect(asked[0]).toBe(many[8]!.shard)
})
