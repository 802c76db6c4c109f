import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { localTable } from '../../functions/dev/cloud/database.ts'
import { operatorsPost } from '../../shared/alerts/deliver/operators-post.ts'
import type { ShardId } from '../../shared/check.ts'
import { evaluate } from '../../shared/evaluation/evaluate.ts'
import { monitorShard } from '../../shared/evaluation/monitor/health.ts'
import { sweep } from '../../shared/evaluation/sweep.ts'
import { historyReader } from '../../shared/quorum/outbox.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import {
  announce,
  closesAfterMs,
  type Home,
  hour,
  planned,
  shardPlan,
  startHome,
  vote,
} from '../fixtures/home.ts'
import { memoryTable } from '../fixtures/memory-table.ts'
import { shardId, voter } from '../fixtures/words.ts'
import { judged } from '../quorum/shards.ts'

let home: Home
beforeEach(async () => {
  home = await startHome()
})
afterEach(() => home.close())

const voters = ['a', 'b', 'c']
const web = planned(judged('web', { delay: { down: 1, up: 1 } }), ['ops', 'hook'])
const minute = shardPlan('p1', shardId('60s-abcdef-1'), voters, [web])
const hourly = shardPlan('p1', shardId('3600s-abcdef-1'), voters, [planned('cert', ['ops', 'hook'])])

/** Moves the clock to the moment at which a silent tick `seconds` after the hour closes. */
function afterTick(seconds: number) {
  home.clock.advance((hour + seconds) * 1000 + closesAfterMs - home.clock.now())
}

function rounds(store?: Store, first?: readonly ShardId[]) {
  return sweep(home.context(store), first)
}

/** Moves every cursor to the end, as a complete delivery would. */
async function deliverAll(shard = monitorShard) {
  const sent = await home.store.sent(shard)
  const state = await home.store.state(shard, { consistent: true })
  const seq = state?.seq ?? 0
  await home.store.putSent({ ...sent, cursors: { ops: seq, hook: seq, [historyReader]: seq } })
}

async function watched(): Promise<readonly string[]> {
  const state = await home.store.state(monitorShard, { consistent: true })
  return (state?.outbox ?? []).map(({ check, from, to }) => `${check} ${from}→${to}`)
}

test('a table without a plan has nothing to sweep', async () => {
  expect(await rounds()).toEqual({ owing: [], failures: [], left: [] })
})

test('ticks that nobody voted in close at their deadline without any stream record', async () => {
  await announce(home.store, [{ from: hour, shards: [minute, hourly], operators: 'ops' }])
  afterTick(60)
  expect(await rounds()).toEqual({ owing: [], failures: [], left: [] })
  expect(await home.store.state(minute.shard, { consistent: true })).toMatchObject({ tick: hour + 60 })
  expect(await home.store.state(hourly.shard, { consistent: true })).toMatchObject({ tick: hour })
})

test('where all are well no plan of a shard is read: a minute in which nothing happens costs next to nothing', async () => {
  await announce(home.store, [{ from: hour, shards: [minute, hourly], operators: 'ops' }])
  for (const shard of [minute, hourly]) await vote(home.store, shard, hour, { a: 'o', b: 'o', c: 'o' })
  await rounds()
  for (const shard of [minute, hourly]) await deliverAll(shard.shard)
  await rounds()
  const read: string[] = []
  await rounds({
    ...home.store,
    async document(version, part) {
      read.push(part)
      return home.store.document(version, part)
    },
  })
  expect(read).toEqual(['~index'])
})

test('a shard owes a delivery until everybody has heard, a superseded one as well', async () => {
  await announce(home.store, [{ from: hour, shards: [minute] }])
  await vote(home.store, minute, hour, { a: 'x', b: 'x', c: 'x' })
  expect((await rounds()).owing).toEqual([minute.shard])
  const next = { ...hourly, version: 'p2' as typeof hourly.version }
  await announce(home.store, [
    { from: hour, shards: [minute] },
    { from: hour + 60, shards: [next] },
  ])
  afterTick(60)
  expect((await rounds()).owing).toEqual([minute.shard])
  const { outbox } = (await home.store.state(minute.shard, { consistent: true }))!
  expect(outbox.map(({ check, to }) => `${check} ${to}`)).toEqual(['web removed'])
  await deliverAll(minute.shard)
  expect((await rounds()).owing).toEqual([])
})

describe('the operators hear', () => {
  const quiet = { a: 'o', b: 'o' }

  test('of a voter that falls silent and of its return, each once, and owe nothing in between', async () => {
    await announce(home.store, [{ from: hour, shards: [minute, hourly], operators: 'ops' }])
    await vote(home.store, hourly, hour, { a: 'o', b: 'o', c: 'o' })
    const heard: [number, string[]][] = []
    for (let seconds = 0; seconds <= 720; seconds += 60) {
      afterTick(seconds - 60)
      await vote(
        home.store,
        minute,
        hour + seconds,
        seconds === 0 || seconds >= 480 ? { ...quiet, c: 'o' } : quiet,
      )
      afterTick(seconds)
      const { owing } = await rounds()
      if (owing.includes(monitorShard)) {
        heard.push([seconds, [...(await watched())]])
        await deliverAll()
      }
    }
    expect(heard).toEqual([
      [240, ['voter/c online→offline']],
      [480, ['voter/c offline→online']],
    ])
  })

  test('nothing of a voter whose ballots come only when the next tick is decided already', async () => {
    const fast = shardPlan('p1', shardId('10s-abcdef-1'), voters, [planned('web')])
    await announce(home.store, [{ from: hour, shards: [fast], operators: 'ops' }])
    for (let seconds = 0; seconds <= 240; seconds += 10) {
      home.clock.advance((hour + seconds) * 1000 - home.clock.now())
      await vote(home.store, fast, hour + seconds, quiet)
      await evaluate(fast.shard, home.context())
      if (seconds > 0) await vote(home.store, fast, hour + seconds - 10, { c: 'x' })
    }
    const { tick, seen } = (await home.store.state(fast.shard, { consistent: true }))!
    expect([tick, seen.get(voter('c'))]).toEqual([hour + 240, hour - 10])
    await rounds()
    expect(await watched()).toEqual([])
  })

  test('of a check that nobody could look at, and when it is seen again', async () => {
    await announce(home.store, [{ from: hour, shards: [minute], operators: 'ops' }])
    const heard: [number, string[]][] = []
    for (let seconds = 0; seconds <= 360; seconds += 60) {
      const letter = seconds >= 60 && seconds < 300 ? 'a' : 'o'
      await vote(home.store, minute, hour + seconds, { a: letter, b: letter, c: letter })
      afterTick(seconds)
      const { owing } = await rounds()
      if (owing.includes(monitorShard)) {
        heard.push([seconds, [...(await watched())]])
        await deliverAll()
      }
    }
    expect(heard).toEqual([
      [180, ['check/web online→offline']],
      [300, ['check/web offline→online']],
    ])
  })

  test('of a contact that was given up, until something reaches it again', async () => {
    await announce(home.store, [{ from: hour, shards: [minute], operators: 'ops' }])
    await vote(home.store, minute, hour, { a: 'o', b: 'o', c: 'o' })
    await rounds()
    const sent = await home.store.sent(minute.shard)
    const error = 'NotFoundException: no such topic'
    await home.store.putSent({ ...sent, dead: { hook: { atMs: hour * 1000, error } } })
    await rounds()
    expect(await watched()).toEqual(['contact/hook online→offline'])
    await deliverAll()
    await home.store.putSent({ ...sent, revision: 1, dead: {} })
    await rounds()
    expect(await watched()).toEqual(['contact/hook offline→online'])
  })

  /** A silent voter, a blind check and a contact with a given-up alert; returns the `Sent` of before. */
  async function oneOfEach() {
    await announce(home.store, [{ from: hour, shards: [minute], operators: 'ops' }])
    for (let seconds = 0; seconds <= 240; seconds += 60) {
      await vote(home.store, minute, hour + seconds, { a: 'o', b: 'a' })
    }
    afterTick(240)
    const sent = await home.store.sent(minute.shard)
    await home.store.putSent({ ...sent, dead: { hook: { atMs: hour * 1000, error: 'no such topic' } } })
    await rounds()
    return sent
  }

  test('nothing more of a contact, a check and a voter that leave the plan, but that they left it', async () => {
    await oneOfEach()
    expect(await watched()).toEqual([
      'voter/c online→offline',
      'check/web online→offline',
      'contact/hook online→offline',
    ])
    await deliverAll()
    const next = shardPlan('p2', minute.shard, ['a', 'b'], [planned('db')])
    await announce(home.store, [
      { from: hour, shards: [minute], operators: 'ops' },
      { from: hour + 300, shards: [next], operators: 'ops' },
    ])
    afterTick(300)
    await rounds()
    expect(await watched()).toEqual([
      'voter/c offline→removed',
      'check/web offline→removed',
      'contact/hook offline→removed',
    ])
    await deliverAll()
    await rounds()
    expect(await watched()).toEqual([])
  })

  test('that a voter, a check and a contact are well again, not that they left the plan', async () => {
    const sent = await oneOfEach()
    await deliverAll()
    await home.store.putSent({ ...sent, revision: 1 })
    await vote(home.store, minute, hour + 300, { a: 'o', b: 'o', c: 'o' })
    afterTick(300)
    await rounds()
    afterTick(360)
    await rounds()
    expect(await watched()).toEqual([
      'voter/c offline→online',
      'check/web offline→online',
      'contact/hook offline→online',
    ])
  })

  test('what their predecessors have not heard, when the plan names others', async () => {
    await announce(home.store, [{ from: hour, shards: [minute], operators: 'ops' }])
    afterTick(240)
    await rounds()
    const next = shardPlan('p2', minute.shard, voters, [web])
    await announce(home.store, [
      { from: hour, shards: [minute], operators: 'ops' },
      { from: hour + 300, shards: [next], operators: 'boss' },
    ])
    afterTick(300)
    expect((await rounds()).owing).toEqual([monitorShard])
    const state = (await home.store.state(monitorShard, { consistent: true }))!
    expect(state.outbox).toHaveLength(4)
    const { contacts } = await operatorsPost(state, home.context().plans)
    expect(contacts).toEqual(['boss'])
  })

  test('of two things within a minute under two ids: a receiver drops neither as a repeat', async () => {
    await announce(home.store, [{ from: hour, shards: [minute], operators: 'ops' }])
    await vote(home.store, minute, hour, { a: 'o', b: 'o', c: 'o' })
    const sent = await home.store.sent(minute.shard)
    const ids: string[] = []
    for (const [revision, dead] of [
      { hook: { atMs: 0, error: 'gone' } },
      {},
      { hook: { atMs: 0, error: 'gone' } },
    ].entries()) {
      home.clock.advance(2000)
      await home.store.putSent({ ...sent, revision, dead })
      await rounds()
      const state = await home.store.state(monitorShard, { consistent: true })
      ids.push(...state!.outbox.map(({ check, tick }) => `${check}@${tick}`))
      await deliverAll()
    }
    expect(ids.length).toBe(3)
    expect(new Set(ids).size).toBe(3)
  })

  test('once, when five sweeps meet', async () => {
    await announce(home.store, [{ from: hour, shards: [minute], operators: 'ops' }])
    afterTick(240)
    const { owing } = (await Promise.all(Array.from({ length: 5 }, () => rounds())))[0]!
    expect(owing).toEqual([monitorShard])
    const state = await home.store.state(monitorShard, { consistent: true })
    expect(state).toMatchObject({ revision: 1, seq: 4 })
    expect((await watched()).toSorted()).toEqual([
      'check/web online→offline',
      'voter/a online→offline',
      'voter/b online→offline',
      'voter/c online→offline',
    ])
  })
})

describe('a shard that cannot be evaluated', () => {
  const broken: (store: Store) => Store = (store) => ({
    ...store,
    async state(shard, options) {
      if (shard === hourly.shard) throw new Error('the item is damaged')
      return store.state(shard, options)
    },
  })

  test('does not keep the others from their deliveries, and is named', async () => {
    await announce(home.store, [{ from: hour, shards: [hourly, minute], operators: 'ops' }])
    await vote(home.store, minute, hour, { a: 'x', b: 'x', c: 'x' })
    const { owing, failures } = await rounds(broken(home.store))
    expect(owing).toEqual([minute.shard])
    expect(failures.map(({ message }) => message)).toEqual([
      'shard 3600s-abcdef-1 could not be evaluated: Error: the item is damaged',
    ])
  })

  test('reports nothing about its checks, so no problem is resolved', async () => {
    await announce(home.store, [{ from: hour, shards: [hourly, minute], operators: 'ops' }])
    const error = 'NotFoundException: no such topic'
    const sent = await home.store.sent(hourly.shard)
    await home.store.putSent({ ...sent, dead: { hook: { atMs: hour * 1000, error } } })
    afterTick(240)
    await rounds()
    expect(await watched()).toContain('contact/hook online→offline')
    await deliverAll()
    await rounds()
    const before = await home.store.state(monitorShard, { consistent: true })
    afterTick(300)
    const { owing, failures } = await rounds(broken(home.store))
    expect([owing, failures.length]).toEqual([[], 1])
    expect(await home.store.state(monitorShard, { consistent: true })).toEqual(before)
  })

  test('does not keep the operators from hearing, once, what is wrong in the others', async () => {
    await announce(home.store, [{ from: hour, shards: [hourly, minute], operators: 'ops' }])
    const heard: [number, string[]][] = []
    for (let seconds = 0; seconds <= 600; seconds += 60) {
      const quiet = seconds < 60 || seconds >= 480 ? { c: 'o' } : {}
      await vote(home.store, minute, hour + seconds, { a: 'o', b: 'o', ...quiet })
      afterTick(seconds)
      // The shard is repaired in the last minute.
      const { owing } = await rounds(seconds === 600 ? home.store : broken(home.store))
      if (owing.includes(monitorShard)) {
        heard.push([seconds, [...(await watched())]])
        await deliverAll()
      }
    }
    expect(heard).toEqual([
      [240, ['voter/c online→offline']],
      [600, ['voter/c offline→online']],
    ])
  })
})

describe('hundreds of shards', () => {
  const many = Array.from({ length: 230 }, (_, index) =>
    shardPlan('p1', shardId(`60s-abcdef-${index + 1}`), voters, [web]),
  )

  /** A table that takes `eachMs` to read a shard's ballots and records which shards were read. */
  function slowTable(eachMs: number) {
    const store = dynamoStore(memoryTable(), localTable)
    const asked: string[] = []
    const busy = { now: 0, most: 0 }
    const slow: Store = {
      ...store,
      async ballots(...args) {
        asked.push(args[0])
        busy.most = Math.max(busy.most, ++busy.now)
        await new Promise((resolve) => setImmediate(resolve))
        home.clock.advance(eachMs)
        busy.now--
        return store.ballots(...args)
      },
    }
    return { slow, asked, busy }
  }

  test('are evaluated a few at a time', async () => {
    const { slow, asked, busy } = slowTable(0)
    await announce(slow, [{ from: hour, shards: many }])
    afterTick(0)
    expect(await rounds(slow)).toEqual({ owing: [], failures: [], left: [] })
    expect([new Set(asked).size, busy.most]).toEqual([230, 8])
  })

  test('that are too many for one sweep: it says so, and the next begins with those that are left', async () => {
    const { slow, asked } = slowTable(250)
    await announce(slow, [{ from: hour, shards: many }])
    afterTick(0)
    const startMs = home.clock.now()
    const { failures } = await rounds(slow)
    const first = asked.splice(0)
    expect(home.clock.now() - startMs).toBeLessThan(30_000)
    const left = many.map(({ shard }) => shard as string).filter((shard) => !first.includes(shard))
    expect(left.length).toBeGreaterThan(50)
    expect(failures.map(({ message }) => message)).toEqual([
      `${left.length} of 230 shards are left for the next sweep, which starts with them: the first, ${left[0]}, was never evaluated`,
    ])

    home.clock.advance(60_000 - (home.clock.now() - startMs))
    await rounds(slow)
    const second = asked.splice(0)
    expect(second.length).toBeGreaterThan(50)
    expect(left).toEqual(expect.arrayContaining(second))

    home.clock.advance(60_000)
    await rounds(slow)
    home.clock.advance(60_000)
    const [failure] = (await rounds(slow)).failures
    expect(new Set([...first, ...second, ...asked]).size).toBe(230)
    expect(failure?.message).toMatch(/, was last evaluated at 20\d\d-\d\d-\d\dT\d\d:\d\d:00Z$/)
  })

  test('whose states are slow to read: some are evaluated each minute, and all within a few minutes', async () => {
    const store = dynamoStore(memoryTable(), localTable)
    const settled: ShardId[] = []
    const slow: Store = {
      ...store,
      async state(...args) {
        await new Promise((resolve) => setImmediate(resolve))
        // Eight concurrent reads take 2.5 s in all.
        home.clock.advance(2500 / 8)
        return store.state(...args)
      },
      async putState(state) {
        if (state.shard !== monitorShard) settled.push(state.shard)
        return store.putState(state)
      },
    }
    await announce(slow, [{ from: hour, shards: many }])
    const told: string[] = []
    let left: readonly ShardId[] = []
    for (let minute = 0; minute < 8; minute++) {
      afterTick(minute * 60)
      const startMs = home.clock.now()
      const before = settled.length
      const found = await rounds(slow, left)
      left = found.left
      told.push(...found.failures.map(({ message }) => message))
      expect(home.clock.now() - startMs).toBeLessThan(30_000)
      expect(settled.length - before).toBeGreaterThan(30)
    }
    expect(new Set(settled).size).toBe(230)
    expect(told[0]).toMatch(
      /^\d+ of 230 shards are left for the next sweep, which starts with them: there was no time to read them$/,
    )
  })

  test('owe what they owe, the one whose delivery failed the longest ago first of those', async () => {
    const { slow } = slowTable(0)
    const owing = many.slice(0, 3)
    await announce(slow, [{ from: hour, shards: many }])
    const tried = [hour + 90, hour + 30, undefined]
    for (const [index, { shard }] of owing.entries()) {
      await vote(slow, many[index]!, hour, { a: 'x', b: 'x', c: 'x' })
      await evaluate(shard, home.context(slow))
      const triedMs = tried[index]
      if (triedMs === undefined) continue
      const failing = { hook: { sinceMs: hour, triedMs, error: 'throttled' } }
      await slow.putSent({ ...(await slow.sent(shard)), failing })
    }
    const [first, second, third] = owing.map(({ shard }) => shard)
    expect((await rounds(slow)).owing).toEqual([third, second, first])
  })

  test('owe what they owe, the longest due first, evaluated or not', async () => {
    const { slow } = slowTable(0)
    const [one, other, third] = many
    await announce(slow, [{ from: hour, shards: many }])
    for (const [shard, seconds] of [
      [other!, 0],
      [one!, 60],
      [third!, 120],
    ] as const) {
      afterTick(seconds)
      await vote(slow, shard, hour + seconds, { a: 'x', b: 'x', c: 'x' })
      await evaluate(shard.shard, home.context(slow))
    }
    // The time is over before the first ballots are read.
    const late: Store = {
      ...slow,
      async ballots(...args) {
        home.clock.advance(16_000)
        return slow.ballots(...args)
      },
    }
    const { owing, failures } = await rounds(late)
    // The evaluated shards had no ballots, so the monitor's shard owes notices.
    expect(owing).toEqual([other!.shard, one!.shard, third!.shard, monitorShard])
    expect(failures.map(({ message }) => message.slice(0, 20))).toEqual(['222 of 230 shards ar'])
  })
})

test('a health that cannot be updated delays no delivery of the checks, and is a failure of its own', async () => {
  await announce(home.store, [{ from: hour, shards: [minute], operators: 'ops' }])
  await vote(home.store, minute, hour, { a: 'x', b: 'x', c: 'x' })
  const { owing, failures } = await rounds({
    ...home.store,
    async state(shard, options) {
      if (shard === monitorShard) throw new Error('the item is damaged')
      return home.store.state(shard, options)
    },
  })
  expect(owing).toEqual([minute.shard])
  expect(failures.map(({ message }) => message)).toEqual([
    "the monitor's own health could not be updated: Error: the item is damaged",
  ])
})
