import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ShardId } from '../../shared/check.ts'
import { evaluate } from '../../shared/evaluation/evaluate.ts'
import { historyReader, lastStep } from '../../shared/quorum/outbox.ts'
import type { State } from '../../shared/quorum/state.ts'
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
import { check, shardId } from '../fixtures/words.ts'
import { judged } from '../quorum/shards.ts'
import { evaluator, tickOf, worlds } from '../quorum/worlds.ts'

let home: Home
beforeAll(async () => {
  home = await startHome()
})
afterAll(() => home.close())

let shards = 0
/** Each test has its own shard in the shared table. */
let id: ShardId
beforeEach(() => {
  id = shardId(`60s-abcdef-${++shards}`)
  home.clock.advance(-home.clock.now() + hour * 1000)
})

const voters = ['a', 'b', 'c']
const web = planned(judged('web', { delay: { down: 1, up: 1 } }))
const db = planned(judged('db', { delay: { down: 1, up: 1 } }))

/** Moves the clock to `seconds` after the hour. */
function at(seconds: number) {
  home.clock.advance((hour + seconds) * 1000 - home.clock.now())
}

const all = (letters: string) => ({ a: letters, b: letters, c: letters })

function settled(store?: Store): Promise<State | undefined> {
  return evaluate(id, home.context(store))
}

function steps(state: State): readonly string[] {
  return state.outbox
    .flatMap((entry) => [...entry.earlier, lastStep(entry)].map((step) => ({ check: entry.check, ...step })))
    .sort((one, other) => one.tick - other.tick || one.check.localeCompare(other.check))
    .map((step) => `${step.tick - hour} ${step.check} ${step.from}→${step.to}`)
}

describe('a tick and its deadline', () => {
  const shard = () => shardPlan('p1', id, voters, [web, db])

  test('nothing is said of a shard that is in no plan', async () => {
    await announce(home.store, [{ from: hour, shards: [shard()] }])
    expect(await evaluate(shardId('60s-nobody-1'), home.context())).toBeUndefined()
  })

  test('nothing is written before the first tick', async () => {
    await announce(home.store, [{ from: hour + 180, shards: [shard()] }])
    expect(await settled()).toMatchObject({ revision: 0, tick: hour + 120 })
    expect(await home.store.state(id, { consistent: true })).toBeUndefined()
  })

  test('it closes at the ballot that decides it', async () => {
    await announce(home.store, [{ from: hour, shards: [shard()] }])
    await vote(home.store, shard(), hour, { a: 'oo', b: 'ox' })
    expect(await settled()).toMatchObject({ revision: 1, tick: hour - 60 })
    await vote(home.store, shard(), hour, { c: 'ox' })
    const state = await settled()
    expect(state).toMatchObject({ revision: 2, tick: hour, due: hour })
    expect(steps(state!)).toEqual(['0 db pending→offline', '0 web pending→online'])
    expect(await home.store.state(id, { consistent: true })).toEqual(state)
  })

  test('what is missing is waited for until timeout and grace are over, to the millisecond', async () => {
    await announce(home.store, [{ from: hour, shards: [shard()] }])
    await vote(home.store, shard(), hour, { a: 'oo', b: 'xo' })
    home.clock.advance(closesAfterMs - 1)
    expect(await settled()).toMatchObject({ tick: hour - 60 })
    home.clock.advance(1)
    const state = await settled()
    expect(steps(state!)).toEqual(['0 db pending→online'])
  })

  test('silence of all is blind at the deadline', async () => {
    await announce(home.store, [{ from: hour, shards: [shard()] }])
    home.clock.advance(closesAfterMs)
    const state = await settled()
    expect(state!.rows.get(check('web'))).toMatchObject({ status: 'pending', blind: 1 })
    expect(steps(state!)).toEqual([])
  })

  test('only the oldest open tick is looked at: a later one waits for it', async () => {
    await announce(home.store, [{ from: hour, shards: [shard()] }])
    await vote(home.store, shard(), hour, { a: 'oo' })
    // A voter whose clock is ahead has already voted at the next tick.
    at(20)
    await vote(home.store, shard(), hour + 60, all('xx'))
    expect(await settled()).toMatchObject({ tick: hour - 60 })
    await vote(home.store, shard(), hour, { b: 'oo', c: 'oo' })
    expect(await settled()).toMatchObject({ tick: hour })
    at(60)
    expect(steps((await settled())!)).toEqual([
      '0 db pending→online',
      '0 web pending→online',
      '60 db online→offline',
      '60 web online→offline',
    ])
  })

  test('a later tick that all have voted in does not close before an older one that is open', async () => {
    id = shardId(id.replace(/^60s/, '10s'))
    const quick = shardPlan('p1', id, voters, [web])
    await announce(home.store, [{ from: hour, shards: [quick] }])
    await vote(home.store, quick, hour, { a: 'x' })
    await vote(home.store, quick, hour + 10, all('o'))
    at(12)
    expect(await settled()).toMatchObject({ revision: 1, tick: hour - 10 })
    await vote(home.store, quick, hour, { b: 'x' })
    expect(steps((await settled())!)).toEqual(['0 web pending→offline', '10 web offline→online'])
  })

  test('who settles again without news writes nothing', async () => {
    await announce(home.store, [{ from: hour, shards: [shard()] }])
    await vote(home.store, shard(), hour, all('oo'))
    const first = await settled()
    expect(await settled()).toEqual(first)
  })

  test('a ballot that comes after its tick has closed is not counted, but its voter was heard', async () => {
    await announce(home.store, [{ from: hour, shards: [shard()] }])
    await vote(home.store, shard(), hour, { a: 'oo', b: 'oo' })
    at(30)
    await settled()
    await vote(home.store, shard(), hour, { c: 'xx' })
    at(60)
    await vote(home.store, shard(), hour + 60, { a: 'oo', b: 'oo' })
    at(90)
    const state = await settled()
    expect(Object.fromEntries(state!.seen)).toEqual({ a: hour + 60, b: hour + 60, c: hour })
    expect(steps(state!)).toEqual(['0 db pending→online', '0 web pending→online'])
  })
})

describe('evaluators that meet', () => {
  const once = () => shardPlan('p1', id, voters, [web])

  /** Records every written state, in order. */
  function writes(store: Store): { store: Store; written: State[] } {
    const written: State[] = []
    return {
      written,
      store: {
        ...store,
        async putState(state) {
          const outcome = await store.putState(state)
          if (outcome === 'written') written.push({ ...state, revision: state.revision + 1 })
          return outcome
        },
      },
    }
  }

  test('five at once: one closes each tick, each seq is given out once, all see the same end', async () => {
    await announce(home.store, [{ from: hour, shards: [once()] }])
    const { store, written } = writes(home.store)
    for (let minute = 0; minute < 12; minute++) {
      at(minute * 60)
      await vote(home.store, once(), hour + minute * 60, all(minute % 3 === 2 ? 'x' : 'o'))
      const ends = await Promise.all(Array.from({ length: 5 }, () => settled(store)))
      expect(ends.map((end) => end?.tick)).toEqual(Array(5).fill(hour + minute * 60))
    }
    expect(written.map((state) => state.tick)).toEqual(
      Array.from({ length: 12 }, (_, minute) => hour + minute * 60),
    )
    expect(written.map((state) => state.revision)).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    )
    const given = written.flatMap((state) => state.outbox.map((entry) => entry.seq))
    const seqs = [...new Set(given)]
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => index + 1))
    expect(written.at(-1)!.seq).toBe(seqs.length)
  })

  test('one that lost every race still says where the shard stands', async () => {
    await announce(home.store, [{ from: hour, shards: [once()] }])
    await vote(home.store, once(), hour, all('o'))
    const unlucky: Store = { ...home.store, putState: async () => 'conflict' }
    expect(await settled()).toMatchObject({ tick: hour })
    await vote(home.store, once(), hour + 60, all('x'))
    at(60)
    expect(await settled(unlucky)).toMatchObject({ tick: hour, revision: 1 })
  })
})

describe('reads that lag behind what was written', () => {
  const once = () => shardPlan('p1', id, voters, [web])

  test('never make a tick close at its deadline without a ballot that was there', async () => {
    const lagging: Store = {
      ...home.store,
      ballots: async (shard, from, to, options) =>
        options.consistent ? home.store.ballots(shard, from, to, options) : [],
    }
    await announce(home.store, [{ from: hour, shards: [once()] }])
    await vote(home.store, once(), hour, all('x'))
    expect(await settled(lagging)).toMatchObject({ tick: hour - 60 })
    home.clock.advance(closesAfterMs)
    expect(steps((await settled(lagging))!)).toEqual(['0 web pending→offline'])
  })

  test('nor where the deadline passes while older ticks are being closed', async () => {
    id = shardId(id.replace(/^60s/, '10s'))
    const quick = shardPlan('p1', id, voters, [web])
    await announce(home.store, [{ from: hour, shards: [quick] }])
    await vote(home.store, quick, hour, all('o'))
    await vote(home.store, quick, hour + 10, all('x'))
    const lagging: Store = {
      ...home.store,
      async ballots(shard, from, to, options) {
        const found = await home.store.ballots(shard, from, to, options)
        if (options.consistent) return found
        // This read starts before the first tick's deadline and ends after the second one's.
        at(41)
        return found.filter((ballot) => ballot.tick === hour)
      },
    }
    at(29)
    const state = await settled(lagging)
    expect(state!.tick).toBe(hour + 10)
    expect(steps(state!)).toEqual(['0 web pending→online', '10 web online→offline'])
  })

  test('of the state are made again, consistently, after a conflict', async () => {
    await announce(home.store, [{ from: hour, shards: [once()] }])
    await vote(home.store, once(), hour, all('o'))
    const stale = await settled()
    await vote(home.store, once(), hour + 60, all('o'))
    at(60)
    await settled()
    const lagging: Store = {
      ...home.store,
      state: async (shard, options) => (options.consistent ? home.store.state(shard, options) : stale),
    }
    await vote(home.store, once(), hour + 120, all('x'))
    at(120)
    expect(await settled(lagging)).toMatchObject({ tick: hour + 120, revision: 3 })
  })
})

describe('a gap', () => {
  test('of hundreds of ticks is caught up with in one call, in order', async () => {
    const shard = shardPlan('p1', id, voters, [web])
    await announce(home.store, [{ from: hour, shards: [shard] }])
    await vote(home.store, shard, hour, all('o'))
    await vote(home.store, shard, hour + 400 * 60, all('x'))
    await vote(home.store, shard, hour + 401 * 60, all('o'))
    at(700 * 60)
    const state = await settled()
    // The newest tick is still before its deadline.
    expect(state!.tick).toBe(hour + 699 * 60)
    expect(steps(state!)).toEqual([
      '0 web pending→online',
      `${400 * 60} web online→offline`,
      `${401 * 60} web offline→online`,
    ])
  })

  test('longer than one call is worth goes on with the next, without end', async () => {
    const shard = shardPlan('p1', id, voters, [web])
    await announce(home.store, [{ from: hour, shards: [shard] }])
    at(3000 * 60)
    const ticks: number[] = []
    for (let call = 0; call < 3; call++) ticks.push(((await settled())!.tick - hour) / 60)
    expect(ticks[0]).toBeGreaterThanOrEqual(1900)
    expect(ticks.slice(1)).toEqual([2999, 2999])
  })
})

describe('a change of plan', () => {
  const old = () => shardPlan('p1', id, voters, [web, db])

  test('takes effect between two ticks: added pending, removed told, kept kept', async () => {
    const next = shardPlan('p2', id, voters, [web, planned('mail')])
    await announce(home.store, [
      { from: hour, shards: [old()] },
      { from: hour + 120, shards: [next] },
    ])
    await vote(home.store, old(), hour, all('ox'))
    await vote(home.store, old(), hour + 60, all('xx'))
    await vote(home.store, next, hour + 120, all('xo'))
    at(120)
    const state = await settled()
    expect(steps(state!)).toEqual([
      '0 db pending→offline',
      '0 web pending→online',
      '60 web online→offline',
      '120 db offline→removed',
    ])
    expect(state!.plan).toBe('p2')
    expect([...state!.rows].map(([name, row]) => `${name} ${row.status}`)).toEqual([
      'web offline',
      'mail pending',
    ])
  })

  test('the ballots of voters that have not read it yet abstain', async () => {
    const next = shardPlan('p2', id, voters, [db, web])
    await announce(home.store, [
      { from: hour, shards: [old()] },
      { from: hour + 60, shards: [next] },
    ])
    await vote(home.store, old(), hour, all('oo'))
    await vote(home.store, old(), hour + 60, all('xx'))
    at(60)
    const state = await settled()
    expect(state!.tick).toBe(hour + 60)
    expect([...state!.rows].map(([name, row]) => `${name} ${row.status} ${row.blind}`)).toEqual([
      'db online 1',
      'web online 1',
    ])
  })

  test('a shard that is left out ends its checks and closes no more ticks', async () => {
    const other = shardPlan('p2', shardId('60s-other-1'), voters, [web])
    await announce(home.store, [
      { from: hour, shards: [old()] },
      { from: hour + 120, shards: [other] },
    ])
    await vote(home.store, old(), hour, all('ox'))
    at(1200)
    const state = await settled()
    expect(steps(state!)).toEqual(['0 db pending→offline', '0 web pending→online', '120 db offline→removed'])
    expect(state!).toMatchObject({ tick: hour + 60, plan: 'p2', rows: new Map(), seen: new Map() })
    at(2400)
    expect(await settled()).toEqual(state)
  })

  test('a shard that comes back after a while votes again, its checks begin pending', async () => {
    const other = shardPlan('p2', shardId('60s-other-1'), voters, [planned('mail')])
    const back = shardPlan('p3', id, voters, [web, db])
    await announce(home.store, [
      { from: hour, shards: [old()] },
      { from: hour + 120, shards: [other] },
    ])
    await vote(home.store, old(), hour, all('ox'))
    at(600)
    await settled()
    const sent = await home.store.sent(id)
    await home.store.putSent({ ...sent, cursors: { ops: 3, [historyReader]: 3 } })
    await announce(home.store, [
      { from: hour + 120, shards: [other] },
      { from: hour + 900, shards: [back] },
    ])
    at(700)
    expect(await settled()).toMatchObject({ tick: hour + 60, plan: 'p2', outbox: [] })
    await vote(home.store, back, hour + 900, all('ox'))
    at(900)
    const state = await settled()
    expect(state!).toMatchObject({ tick: hour + 900, plan: 'p3' })
    expect(steps(state!)).toEqual(['900 db pending→offline', '900 web pending→online'])
    expect(Object.fromEntries(state!.seen)).toEqual({ a: hour + 900, b: hour + 900, c: hour + 900 })
  })

  test('a shard that left and came back while nobody looked is caught up with all the same', async () => {
    const other = shardPlan('p2', shardId('60s-other-1'), voters, [planned('mail')])
    const back = shardPlan('p3', id, voters, [web, db])
    await announce(home.store, [
      { from: hour, shards: [old()] },
      { from: hour + 120, shards: [other] },
      { from: hour + 900, shards: [back] },
    ])
    await vote(home.store, old(), hour, all('ox'))
    await vote(home.store, back, hour + 900, all('ox'))
    at(900)
    expect(await settled()).toMatchObject({ tick: hour + 900, plan: 'p3' })
  })

  test('a shard that fell behind further than plans are kept goes on from the oldest that is', async () => {
    await announce(home.store, [{ from: hour, shards: [old()] }])
    await vote(home.store, old(), hour, all('ox'))
    await settled()
    const kept = shardPlan('p2', id, voters, [web, db])
    await announce(home.store, [{ from: hour + 9000, shards: [kept] }])
    await vote(home.store, kept, hour + 9000, all('xx'))
    at(9000)
    const state = await settled()
    expect(state!).toMatchObject({ tick: hour + 9000, plan: 'p2' })
    expect(steps(state!)).toEqual(['0 db pending→offline', '0 web pending→online', '9000 web online→offline'])
  })
})

describe('the outbox of a settled shard', () => {
  test('loses what history and every contact of the check have dealt with, and then is not due', async () => {
    const shard = shardPlan('p1', id, voters, [
      planned(judged('web'), ['ops', 'hook']),
      planned('db', ['ops']),
    ])
    const quick = { ...shard, checks: shard.checks.map((one) => ({ ...one, delay: { down: 1, up: 1 } })) }
    await announce(home.store, [{ from: hour, shards: [quick] }])
    await vote(home.store, quick, hour, all('xx'))
    expect((await settled())!.outbox.map((entry) => entry.check)).toEqual(['web', 'db'])
    const sent = await home.store.sent(id)
    await home.store.putSent({ ...sent, cursors: { ops: 2, [historyReader]: 2 } })
    expect(await settled()).toMatchObject({ outbox: [{ check: 'web', seq: 1 }], due: hour, revision: 2 })
    await home.store.putSent({ ...sent, revision: 1, cursors: { ops: 2, hook: 1, [historyReader]: 2 } })
    expect(await settled()).toMatchObject({ outbox: [], due: 0, revision: 3, seq: 2 })
  })

  test('keeps what all contacts have heard until history has it', async () => {
    const shard = shardPlan('p1', id, voters, [web])
    await announce(home.store, [{ from: hour, shards: [shard] }])
    await vote(home.store, shard, hour, all('x'))
    await settled()
    const sent = await home.store.sent(id)
    await home.store.putSent({ ...sent, cursors: { ops: 1 } })
    expect(await settled()).toMatchObject({ outbox: [{ check: 'web', seq: 1 }], due: hour })
  })
})

describe('any shard over any ticks, through a real table', () => {
  test('tells what the pure functions tell', async () => {
    let runs = 0
    await fc.assert(
      fc.asyncProperty(worlds, fc.array(fc.nat(30), { maxLength: 8 }), async (world, looks) => {
        const shard = shardId(`60s-world-${++runs}`)
        const plans = world.plans.map((plan) =>
          shardPlan(
            plan.version,
            shard,
            plan.voters,
            plan.checks.map((one) => planned(one)),
          ),
        )
        const changes = plans.flatMap((plan, index) =>
          plan.version === plans[index - 1]?.version ? [] : [{ from: tickOf(index), shards: [plan] }],
        )
        await announce(home.store, changes)
        const context = home.context()
        const moveTo = (ms: number) => home.clock.advance(ms - home.clock.now())
        moveTo(tickOf(0) * 1000)

        const reference = evaluator(world)
        const options = { late: false, expires: 2_000_000_000 }
        for (const index of plans.keys()) {
          moveTo(tickOf(index) * 1000)
          const ballots = world.arrivals.filter((ballot) => ballot.tick === tickOf(index))
          for (const ballot of ballots) await home.store.putBallot(shard, ballot, options)
          if (looks.includes(index)) await evaluate(shard, context)
          reference.receive(ballots)
          reference.close(index)
        }
        moveTo(tickOf(plans.length - 1) * 1000 + closesAfterMs)
        const state = await evaluate(shard, context)
        const expected = reference.told().states.at(-1)!
        expect(state!.rows).toEqual(expected.rows)
        expect(state!.outbox).toEqual(expected.outbox)
        expect([state!.tick, state!.seq, state!.plan]).toEqual([expected.tick, expected.seq, expected.plan])
      }),
      { numRuns: 25 },
    )
  })
})
