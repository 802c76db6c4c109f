import { afterEach, beforeEach, expect, test } from 'vitest'
import { evaluate } from '../../shared/evaluation/evaluate.ts'
import { checkStatuses } from '../../shared/evaluation/status.ts'
import { announce, type Home, hour, planned, shardPlan, startHome, vote } from '../fixtures/home.ts'
import { shardId, tick } from '../fixtures/words.ts'
import { judged } from '../quorum/shards.ts'

let home: Home
beforeEach(async () => {
  home = await startHome()
})
afterEach(() => home.close())

const delay = { down: 1, up: 1 }
const web = planned(judged('web', { delay, confirmations: 1 }))
const mail = planned(judged('mail', { delay, confirmations: 1 }))
const shard = shardId('60s-abcdef-1')
const alone = shardPlan('p1', shard, ['a'], [web])
const both = shardPlan('p2', shard, ['a'], [web, mail])

async function statuses(at: number): Promise<Record<string, string>> {
  const found = await checkStatuses(home.store, home.context().plans, tick(at))
  return Object.fromEntries(found.map(({ check, status }) => [check.name, status]))
}

test('a check without a row is online only where the last closed tick knew it', async () => {
  await announce(home.store, [{ from: hour, shards: [alone] }])
  expect(await statuses(hour)).toEqual({ web: 'pending' })
  await vote(home.store, alone, hour, { a: 'o' })
  await evaluate(shard, home.context())
  expect(await statuses(hour)).toEqual({ web: 'online' })

  await announce(home.store, [
    { from: hour, shards: [alone] },
    { from: hour + 60, shards: [both] },
  ])
  expect(await statuses(hour + 60)).toEqual({ web: 'online', mail: 'pending' })
  home.clock.advance(60_000)
  await vote(home.store, both, hour + 60, { a: 'ox' })
  await evaluate(shard, home.context())
  expect(await statuses(hour + 60)).toEqual({ web: 'online', mail: 'offline' })
})

test('a contact waits until it was told, not until the outbox is tidied up', async () => {
  await announce(home.store, [{ from: hour, shards: [alone] }])
  await vote(home.store, alone, hour, { a: 'x' })
  await evaluate(shard, home.context())
  const undelivered = async () => {
    const [found] = await checkStatuses(home.store, home.context().plans, tick(hour))
    return found!.undelivered
  }
  expect(await undelivered()).toEqual(['ops'])
  await home.store.putSent({ ...(await home.store.sent(shard)), cursors: { ops: 1 } })
  expect(await undelivered()).toEqual([])
})
