import { beforeEach, describe, expect, test } from 'vitest'
import type { ShardId, Tick } from '../../shared/check.ts'
import { type Spool, spoolBallots } from '../../shared/probing/spool.ts'
import type { Ballot } from '../../shared/quorum/ballot.ts'
import type { Store } from '../../shared/store/store.ts'
import { manualClock } from '../fixtures/clock.ts'

const shard = '60s-abc-1' as ShardId
/** A ballot counts for ten seconds. */
const freshMs = 10_000

let clock: ReturnType<typeof manualClock>
let isDown: boolean
let taken: { tick: number; late: boolean }[]
let dropped: number
let givenUp: number
let delivered: number
let spool: Spool
beforeEach(() => {
  clock = manualClock(0)
  isDown = true
  taken = []
  dropped = 0
  givenUp = 0
  delivered = 0
  const store = {
    async putBallot(_shard: ShardId, { tick }: Ballot, { late }: { late: boolean }) {
      if (isDown) throw new Error('the home is down')
      taken.push({ tick, late })
      return 'written'
    },
  } as Partial<Store> as Store
  spool = spoolBallots(store, {
    clock,
    freshUntilMs: async (_shard, { tick }) => (tick < 0 ? undefined : tick * 1000 + freshMs),
    onDropped: (count) => {
      dropped += count
    },
    onGivenUp: (count) => {
      givenUp += count
    },
    onDelivered: () => {
      delivered++
    },
  })
})

const ballot = (tick: number) => ({ tick: tick as Tick }) as Ballot
const put = (tick: number, late = false) => spool.store.putBallot(shard, ballot(tick), { late, expires: 0 })

async function pass(ms: number) {
  for (let passed = 0; passed < ms; passed += 100) {
    clock.advance(100)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('what the home takes is not kept', async () => {
  isDown = false
  expect(await put(1)).toBe('written')
  expect(spool.size()).toBe(0)
  expect(clock.pending()).toBe(0)
})

test('what it does not take is an error all the same, and is sent again when the home is back', async () => {
  await expect(put(1)).rejects.toThrow('the home is down')
  await expect(put(2)).rejects.toThrow('the home is down')
  await pass(3000)
  expect([taken, spool.size()]).toEqual([[], 2])
  isDown = false
  await pass(5000)
  expect(taken).toEqual([
    { tick: 1, late: false },
    { tick: 2, late: false },
  ])
  expect([delivered, dropped, spool.size(), clock.pending()]).toEqual([2, 0, 0, 0])
})

test('a home that takes a newer one gets at once what waits', async () => {
  await expect(put(1)).rejects.toThrow()
  await pass(4000)
  isDown = false
  await put(5)
  await new Promise((resolve) => setImmediate(resolve))
  expect(taken.map(({ tick }) => tick)).toEqual([5, 1])
  expect([delivered, spool.size(), clock.pending()]).toEqual([1, 0, 0])
})

test('what has become stale is dropped and counted, never sent', async () => {
  await expect(put(0)).rejects.toThrow()
  await expect(put(5)).rejects.toThrow()
  await pass(11_000)
  isDown = false
  await pass(10_000)
  expect(taken).toEqual([{ tick: 5, late: false }])
  expect(dropped).toBe(1)
})

test('what was late already, and what belongs to no plan, is dropped at once', async () => {
  await expect(put(1, true)).rejects.toThrow()
  await expect(put(-1)).rejects.toThrow()
  expect([dropped, spool.size(), clock.pending()]).toEqual([2, 0, 0])
})

test('of more than a thousand the oldest are dropped', async () => {
  for (let index = 0; index < 1100; index++) await expect(put(index % 10)).rejects.toThrow()
  expect([spool.size(), dropped]).toEqual([1000, 100])
})

test('a home that is down for long is asked at most every five seconds', async () => {
  let asked = 0
  const store = {
    putBallot: async () => {
      asked++
      throw new Error('the home is down')
    },
  } as Partial<Store> as Store
  spool = spoolBallots(store, {
    clock,
    freshUntilMs: async () => 60_000,
    onDropped() {},
    onGivenUp() {},
    onDelivered() {},
  })
  await expect(put(1)).rejects.toThrow()
  await pass(60_000)
  expect(asked).toBeGreaterThan(10)
  expect(asked).toBeLessThan(18)
})

describe('the last try', () => {
  beforeEach(async () => {
    await expect(put(1)).rejects.toThrow()
    await expect(put(2)).rejects.toThrow()
  })

  test('does not wait for the next one', async () => {
    isDown = false
    await spool.flush()
    spool.stop()
    expect(taken).toEqual([
      { tick: 1, late: false },
      { tick: 2, late: false },
    ])
    expect([dropped, givenUp, clock.pending()]).toEqual([0, 0, 0])
  })

  test('leaves what the home does not take to be given up and counted', async () => {
    await spool.flush()
    spool.stop()
    expect([taken, dropped, givenUp, clock.pending()]).toEqual([[], 0, 2, 0])
  })

  test('sends nothing stale', async () => {
    await pass(11_500)
    isDown = false
    await spool.flush()
    expect([taken, dropped]).toEqual([[{ tick: 2, late: false }], 1])
  })
})

test('a spool that is stopped waits for nothing', async () => {
  spool.stop()
  await expect(put(1)).rejects.toThrow()
  expect([givenUp, clock.pending()]).toEqual([1, 0])
})
