import type { Context } from 'aws-lambda'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSweep } from '../../functions/sweep.ts'
import type { Message } from '../../shared/alerts/transition.ts'
import type { Store } from '../../shared/store/store.ts'
import { announce, type Home, hour, planned, shardPlan, startHome, vote } from '../quorum/home.ts'
import { judged } from '../quorum/shards.ts'
import { shardId } from '../quorum/words.ts'

let home: Home
beforeEach(async () => {
  home = await startHome()
})
afterEach(() => home.close())

const web = planned(judged('web', { delay: { down: 1, up: 1 } }))
const shards = ['1', '2', '3'].map((number) =>
  shardPlan('p1', shardId(`60s-abcdef-${number}`), ['a', 'b'], [web]),
)

/** One sweep over this store; what was published and logged on the way. */
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
      '2 failed, the first so: Error: the shard 60s-abcdef-1 could not be settled: Error: the item is damaged',
    published: 1,
    logged: ['the invocation failed'],
  })
})

test('a sweep whose time runs out begins no delivery, and says what is left', async () => {
  let published = 0
  const swept = await sweepOver(
    home.store,
    () => (published > 0 ? 10_000 : 60_000),
    () => published++,
  )
  expect(swept).toEqual({
    error: '1 failed, the first so: Error: 2 of 3 shards are left for the next minute to deliver',
    published: 1,
    logged: ['the invocation failed'],
  })
})
