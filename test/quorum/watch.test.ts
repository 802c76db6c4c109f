import { describe, expect, test } from 'vitest'
import { pendingRow, type Row } from '../../shared/quorum/advance.ts'
import { initialState, type State } from '../../shared/quorum/state.ts'
import { initialWatch, maxBlindTold, type Troubles, troublesIn, watch } from '../../shared/quorum/watch.ts'
import type { Sent } from '../../shared/store/store.ts'
import { shardOf } from './shards.ts'
import { check, shardId, tick, version, voter } from './words.ts'

const t0 = 1_790_002_800
const isoOf = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
const nothingSent: Omit<Sent, 'shard'> = { revision: 0, leaseUntilMs: 0, cursors: {}, failing: {}, dead: {} }

/** A shard whose last closed tick is so many seconds after `t0` and that has heard its voters so late. */
function shard(
  intervalSeconds: number,
  closed: number,
  seen: Record<string, number>,
  rest: { rows?: Record<string, Partial<Row>>; dead?: Sent['dead'] } = {},
) {
  const id = shardId(`${intervalSeconds}s-abcdef-1`)
  const rows = Object.entries(rest.rows ?? {}).map(
    ([name, row]) => [check(name), { ...pendingRow(tick(t0)), ...row }] as const,
  )
  const state: State = {
    ...initialState(id, shardOf('p1', [], []), tick(t0), intervalSeconds),
    tick: tick(t0 + closed),
    rows: new Map(rows),
    seen: new Map(Object.entries(seen).map(([name, at]) => [voter(name), tick(t0 + at)])),
  }
  return { state, intervalSeconds, sent: { ...nothingSent, shard: id, dead: rest.dead ?? {} } }
}

const troubles = (...shards: Parameters<typeof troublesIn>[0]) => Object.fromEntries(troublesIn(shards))

describe('a silent voter', () => {
  test.each([
    // The newest closed tick may have closed without its slowest voter and is not held against anybody.
    ['of a minute check that missed two ticks is not announced', 60, 180, 0, false],
    ['of a minute check that missed three ticks is', 60, 240, 0, true],
    ['of a check every 10 s is given three minutes', 10, 180, 0, false],
    ['of a check every 10 s is announced after three minutes', 10, 190, 0, true],
    ['of an hourly check is given three hours', 3600, 3 * 3600, 0, false],
    ['of an hourly check is announced after three hours', 3600, 4 * 3600, 0, true],
  ] as const)('%s', (_sentence, intervalSeconds, closed, heard, silent) => {
    const found = troubles(shard(intervalSeconds, closed, { a: closed, b: heard }))
    expect(found).toEqual(silent ? { 'voter/b': `no ballot from b since ${isoOf(t0 + heard)}` } : {})
  })

  test('is one that is silent in all of its shards', () => {
    const minute = shard(60, 1200, { a: 1200, b: 600 })
    expect(troubles(minute, shard(10, 1200, { b: 1190 }))).toEqual({})
    expect(troubles(minute, shard(10, 1200, { b: 700 }))).toEqual({
      'voter/b': `no ballot from b since ${isoOf(t0 + 700)}`,
    })
  })

  test('is found by its minute shard: the hourly one beside has had no reason to hear of it', () => {
    const hourly = shard(3600, 3600, { a: 3600, b: 3600 })
    expect(troubles(hourly, shard(60, 3600 + 180, { a: 3780, b: 3600 }))).toEqual({})
    expect(troubles(hourly, shard(60, 3600 + 240, { a: 3840, b: 3600 }))).toEqual({
      'voter/b': `no ballot from b since ${isoOf(t0 + 3600)}`,
    })
  })

  test('an hourly shard alone says nothing of a voter that the minute shard hears', () => {
    const hourly = shard(3600, 5 * 3600, { b: 0 })
    expect(troubles(hourly, shard(60, 5 * 3600, { b: 5 * 3600 }))).toEqual({})
  })

  test('all of them silent: each is named', () => {
    expect(Object.keys(troubles(shard(60, 600, { a: 0, b: 0 })))).toEqual(['voter/a', 'voter/b'])
  })
})

describe('a blind check', () => {
  test.each([
    [2, {}],
    [3, { 'check/web': 'web was not seen by enough voters for 3 ticks; it counts as offline' }],
    [70, { 'check/web': 'web was not seen by enough voters for 70 ticks; it counts as offline' }],
  ])('after %d blind ticks', (blind, found) => {
    expect(troubles(shard(60, 600, {}, { rows: { web: { status: 'offline', blind } } }))).toEqual(found)
  })
})

test('a contact for whom something was given up is named with the cause', () => {
  const dead = { hook: { atMs: 0, error: 'NotFoundException: no such topic' } }
  expect(troubles(shard(60, 600, {}, { dead }))).toEqual({
    'contact/hook': 'an alert to hook was given up: NotFoundException: no such topic',
  })
})

describe('the watch', () => {
  const plan = version('p1')
  const calm = initialWatch(tick(t0), plan)
  const silent: Troubles = new Map([['voter/b', 'no ballot from b']])
  const told = ({ outbox }: State) =>
    outbox.map(({ check: about, from, to, note }) => ({ about, from, to, note }))

  test('has nothing to say while nothing is wrong: the very same state', () => {
    expect(watch(calm, new Map(), tick(t0 + 60), plan)).toBe(calm)
  })

  test('says once that something is wrong, however long it stays so', () => {
    const first = watch(calm, silent, tick(t0 + 60), plan)
    expect(told(first)).toEqual([
      { about: 'voter/b', from: 'online', to: 'offline', note: 'no ballot from b' },
    ])
    expect([first.seq, first.due, first.tick]).toEqual([1, t0 + 60, t0 + 60])
    const longer: Troubles = new Map([['voter/b', 'no ballot from b, still']])
    expect(watch(first, longer, tick(t0 + 120), plan)).toBe(first)
  })

  test('says once that it is over, and since when it had been', () => {
    const first = { ...watch(calm, silent, tick(t0 + 60), plan), outbox: [], due: 0 }
    const over = watch(first, new Map(), tick(t0 + 300), plan)
    expect(told(over)).toEqual([
      { about: 'voter/b', from: 'offline', to: 'online', note: `wrong since ${isoOf(t0 + 60)}, well again` },
    ])
    expect(watch(over, new Map(), tick(t0 + 360), plan)).toBe(over)
  })

  test('one thing may end while another begins', () => {
    const first = watch(calm, silent, tick(t0 + 60), plan)
    const blind: Troubles = new Map([['check/web', 'web was not seen']])
    const second = watch({ ...first, outbox: [], due: 0 }, blind, tick(t0 + 120), plan)
    expect(told(second).map(({ about, to }) => `${about} ${to}`)).toEqual([
      'check/web offline',
      'voter/b online',
    ])
    expect([...second.rows.keys()]).toEqual(['check/web'])
  })

  describe('of thousands of blind checks', () => {
    const name = (number: number) => `check/${String(number).padStart(64, 'x')}`
    const blind = (from: number, to: number): Troubles =>
      new Map(Array.from({ length: to - from }, (_, index) => [name(from + index), 'nobody saw it']))
    const subjects = ({ outbox }: State) => outbox.map(({ check: about, to }) => `${about} ${to}`)
    const delivered = (state: State): State => ({ ...state, outbox: [], due: 0 })
    const all = watch(calm, new Map([...blind(0, 5000), ...silent]), tick(t0 + 60), plan)

    test('tells of the first ones by name, of the others as a number, and of the silent voter in any case', () => {
      expect(told(all).slice(-2)).toEqual([
        { about: 'voter/b', from: 'online', to: 'offline', note: 'no ballot from b' },
        {
          about: 'check/~others',
          from: 'online',
          to: 'offline',
          note: `not seen by enough voters either: ${5000 - maxBlindTold} more`,
        },
      ])
      expect(subjects(all).length).toBe(maxBlindTold + 2)
      expect(
        watch(delivered(all), new Map([...blind(0, 5000), ...silent]), tick(t0 + 120), plan).outbox,
      ).toEqual([])
    })

    test('does not take back what it told when one that comes first in the list joins them', () => {
      const first: Troubles = new Map([['check/a', 'nobody saw it'], ...blind(0, 5000), ...silent])
      expect(watch(delivered(all), first, tick(t0 + 120), plan).outbox).toEqual([])
    })

    test('takes back each of those it told of, and the number once they all fit', () => {
      const seen = watch(delivered(all), new Map([...blind(4990, 5000), ...silent]), tick(t0 + 120), plan)
      expect(subjects(seen).filter((subject) => subject.endsWith('online')).length).toBe(maxBlindTold + 1)
      expect(subjects(seen).filter((subject) => subject.endsWith('offline'))).toEqual(
        [...blind(4990, 5000).keys()].map((subject) => `${subject} offline`),
      )
    })

    test('stays below the 400 KB of an item however long nobody can be told and however they flap', () => {
      let state = calm
      for (let round = 1; round <= 200; round++) {
        const from = (round % 20) * 250
        state = watch(
          state,
          round % 2 === 0 ? new Map() : blind(from, from + 250),
          tick(t0 + round * 60),
          plan,
        )
      }
      expect(JSON.stringify([...state.rows, ...state.outbox]).length).toBeLessThan(400 * 1000)
    })
  })
})
