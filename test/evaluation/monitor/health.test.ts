import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, localTable, startDatabase } from '../../../functions/dev/cloud/database.ts'
import { maxErrorBytes } from '../../../shared/alerts/publish.ts'
import type { PlanVersion, Tick } from '../../../shared/check.ts'
import { initialHealth, maxTold, updateRows } from '../../../shared/evaluation/monitor/health.ts'
import {
  findProblems,
  type MonitoredShard,
  type Problems,
} from '../../../shared/evaluation/monitor/problems.ts'
import { pendingRow, type Row } from '../../../shared/quorum/advance.ts'
import { maxEarlier } from '../../../shared/quorum/outbox.ts'
import { initialState, type State } from '../../../shared/quorum/state.ts'
import { dynamoStore } from '../../../shared/store/dynamo.ts'
import type { Sent } from '../../../shared/store/store.ts'
import { check, shardId, tick, version, voter } from '../../fixtures/words.ts'
import { shardOf } from '../../quorum/shards.ts'

let database: Database
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.close())

const t0 = 1_790_002_800
const isoOf = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
const nothingSent: Omit<Sent, 'shard'> = { revision: 0, leaseUntilMs: 0, cursors: {}, failing: {}, dead: {} }

/** A shard that last closed the tick `closed` seconds after `t0` and last saw its voters `seen` seconds after it. */
function shard(
  intervalSeconds: number,
  closed: number,
  seen: Record<string, number>,
  rest: { rows?: Record<string, Partial<Row>>; dead?: Sent['dead']; alerted?: readonly string[] } = {},
): MonitoredShard {
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
  const sent = { ...nothingSent, shard: id, dead: rest.dead ?? {} }
  return { state, intervalSeconds, sent, alerted: rest.alerted ?? [] }
}

const problems = (...shards: Parameters<typeof findProblems>[0]) => Object.fromEntries(findProblems(shards))

describe('a silent voter', () => {
  test.each([
    // The newest closed tick may have closed without its slowest voter, so it does not count.
    ['of a minute check that missed two ticks is not announced', 60, 180, 0, false],
    ['of a minute check that missed three ticks is', 60, 240, 0, true],
    ['of a check every 10 s is given three minutes', 10, 180, 0, false],
    ['of a check every 10 s is announced after three minutes', 10, 190, 0, true],
    ['of an hourly check is given three hours', 3600, 3 * 3600, 0, false],
    ['of an hourly check is announced after three hours', 3600, 4 * 3600, 0, true],
  ] as const)('%s', (_sentence, intervalSeconds, closed, heard, silent) => {
    const found = problems(shard(intervalSeconds, closed, { a: closed, b: heard }))
    expect(found).toEqual(silent ? { 'voter/b': `no ballot from b since ${isoOf(t0 + heard)}` } : {})
  })

  test('is one that is silent in all of its shards', () => {
    const minute = shard(60, 1200, { a: 1200, b: 600 })
    expect(problems(minute, shard(10, 1200, { b: 1190 }))).toEqual({})
    expect(problems(minute, shard(10, 1200, { b: 700 }))).toEqual({
      'voter/b': `no ballot from b since ${isoOf(t0 + 700)}`,
    })
  })

  test('is found by its minute shard: the hourly one beside has had no reason to hear of it', () => {
    const hourly = shard(3600, 3600, { a: 3600, b: 3600 })
    expect(problems(hourly, shard(60, 3600 + 180, { a: 3780, b: 3600 }))).toEqual({})
    expect(problems(hourly, shard(60, 3600 + 240, { a: 3840, b: 3600 }))).toEqual({
      'voter/b': `no ballot from b since ${isoOf(t0 + 3600)}`,
    })
  })

  test('an hourly shard alone says nothing of a voter that the minute shard hears', () => {
    const hourly = shard(3600, 5 * 3600, { b: 0 })
    expect(problems(hourly, shard(60, 5 * 3600, { b: 5 * 3600 }))).toEqual({})
  })

  test('all of them silent: each is named', () => {
    expect(Object.keys(problems(shard(60, 600, { a: 0, b: 0 })))).toEqual(['voter/a', 'voter/b'])
  })
})

describe('a blind check', () => {
  test.each([
    [2, {}],
    [3, { 'check/web': 'web: too few voters could check it for 3 ticks; its status stays offline' }],
    [70, { 'check/web': 'web: too few voters could check it for 70 ticks; its status stays offline' }],
  ])('after %d blind ticks', (blind, found) => {
    expect(problems(shard(60, 600, {}, { rows: { web: { status: 'offline', blind } } }))).toEqual(found)
  })
})

describe('a contact for which an alert was given up', () => {
  const dead = { hook: { atMs: 0, error: 'NotFoundException: no such topic' } }

  test('is named with the cause', () => {
    expect(problems(shard(60, 600, {}, { dead, alerted: ['ops', 'hook'] }))).toEqual({
      'contact/hook': 'an alert to hook was given up: NotFoundException: no such topic',
    })
  })

  test('is of no interest where no check alerts it any more', () => {
    expect(problems(shard(60, 600, {}, { dead, alerted: ['ops'] }))).toEqual({})
  })
})

describe("the monitor's health", () => {
  const plan = version('p1')
  const calm = initialHealth(tick(t0), plan)
  const silent: Problems = new Map([['voter/b', 'no ballot from b']])
  const watch = (state: State, found: Problems, at: Tick, inPlan: PlanVersion, needed = true) =>
    updateRows(state, found, at, inPlan, () => (needed ? 'online' : 'removed'))
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
    const longer: Problems = new Map([['voter/b', 'no ballot from b, still']])
    expect(watch(first, longer, tick(t0 + 120), plan)).toBe(first)
  })

  test('says once that it is over, and since when it had been', () => {
    const first = { ...watch(calm, silent, tick(t0 + 60), plan), outbox: [], due: 0 }
    const over = watch(first, new Map(), tick(t0 + 300), plan)
    expect(told(over)).toEqual([
      {
        about: 'voter/b',
        from: 'offline',
        to: 'online',
        note: `resolved; the problem began at ${isoOf(t0 + 60)}`,
      },
    ])
    expect(watch(over, new Map(), tick(t0 + 360), plan)).toBe(over)
  })

  test('does not say well again of what left the plan', () => {
    const first = { ...watch(calm, silent, tick(t0 + 60), plan), outbox: [], due: 0 }
    const over = watch(first, new Map(), tick(t0 + 300), plan, false)
    expect(told(over)).toEqual([
      {
        about: 'voter/b',
        from: 'offline',
        to: 'removed',
        note: `no longer used by the plan; the problem began at ${isoOf(t0 + 60)}`,
      },
    ])
    expect(over.rows.size).toBe(0)
  })

  test('says nothing of an end that nobody can know of, but what else is wrong', () => {
    const first = { ...watch(calm, silent, tick(t0 + 60), plan), outbox: [], due: 0 }
    const unknown = (found: Problems) => updateRows(first, found, tick(t0 + 120), plan, () => undefined)
    expect(unknown(new Map())).toBe(first)
    const more = unknown(new Map([['check/web', 'web was not seen']]))
    expect(told(more).map(({ about, to }) => `${about} ${to}`)).toEqual(['check/web offline'])
    expect([...more.rows.keys()]).toEqual(['voter/b', 'check/web'])
  })

  test('one thing may end while another begins', () => {
    const first = watch(calm, silent, tick(t0 + 60), plan)
    const blind: Problems = new Map([['check/web', 'web was not seen']])
    const second = watch({ ...first, outbox: [], due: 0 }, blind, tick(t0 + 120), plan)
    expect(told(second).map(({ about, to }) => `${about} ${to}`)).toEqual([
      'check/web offline',
      'voter/b online',
    ])
    expect([...second.rows.keys()]).toEqual(['check/web'])
  })

  describe('of thousands of blind checks', () => {
    const name = (number: number) => `check/${String(number).padStart(64, 'x')}`
    const blind = (from: number, to: number): Problems =>
      new Map(Array.from({ length: to - from }, (_, index) => [name(from + index), 'nobody saw it']))
    const subjects = ({ outbox }: State) => outbox.map(({ check: about, to }) => `${about} ${to}`)
    const delivered = (state: State): State => ({ ...state, outbox: [], due: 0 })
    const all = watch(calm, new Map([...blind(0, 5000), ...silent]), tick(t0 + 60), plan)

    test('tells of the first ones by name, of the others as a number, and of the silent voter in any case', () => {
      expect(told(all)[0]).toEqual({
        about: 'voter/b',
        from: 'online',
        to: 'offline',
        note: 'no ballot from b',
      })
      expect(told(all).at(-1)).toEqual({
        about: 'check/~others',
        from: 'online',
        to: 'offline',
        note: 'too few voters could check 4,900 more checks',
      })
      expect(subjects(all).length).toBe(maxTold + 2)
      expect(
        watch(delivered(all), new Map([...blind(0, 5000), ...silent]), tick(t0 + 120), plan).outbox,
      ).toEqual([])
    })

    test('does not take back what it told when one that comes first in the list joins them', () => {
      const first: Problems = new Map([['check/a', 'nobody saw it'], ...blind(0, 5000), ...silent])
      expect(watch(delivered(all), first, tick(t0 + 120), plan).outbox).toEqual([])
    })

    test('takes back each of those it told of, then names the others, once they fit', () => {
      const few = new Map([...blind(4990, 5000), ...silent])
      const seen = watch(delivered(all), few, tick(t0 + 120), plan)
      expect(subjects(seen)).toEqual([...blind(0, maxTold).keys()].map((subject) => `${subject} online`))
      const named = watch(delivered(seen), few, tick(t0 + 180), plan)
      expect(subjects(named)).toEqual([
        ...[...blind(4990, 5000).keys()].map((subject) => `${subject} offline`),
        'check/~others online',
      ])
    })

    test('tells of one again that is blind again before anybody heard that it was not', () => {
      const over = watch(delivered(all), new Map(silent), tick(t0 + 120), plan)
      const again = watch(over, new Map([...blind(0, 5000), ...silent]), tick(t0 + 180), plan)
      expect(subjects(again)).toContain(`${name(7)} offline`)
      expect(subjects(again).length).toBe(maxTold + 1)
    })

    test('speaks of the others as well again when they are fewer, whatever the plan says of that name', () => {
      const fewer = watch(delivered(all), new Map(silent), tick(t0 + 120), plan, false)
      expect(told(fewer).at(-1)).toMatchObject({ about: 'check/~others', to: 'online' })
    })
  })

  test('fits into an item when a hundred and more of each kind flap and nobody can be told', async () => {
    const long = (kind: string, length: number, number: number) =>
      `${kind}/${String(number).padStart(length, 'x')}`
    const wrong = (from: number): Problems =>
      new Map(
        Array.from({ length: 150 }, (_, index) => from + index).flatMap((number) => {
          // The longest names allowed, and the longest errors kept.
          const [voter, check, contact] = [
            long('voter', 64, number),
            long('check', 64, number),
            long('contact', 247, number),
          ]
          return [
            [voter, `no ballot from ${voter} since ${isoOf(t0)}`],
            [check, `${check}: too few voters could check it for 100000 ticks; its status stays degraded`],
            [contact, `an alert to ${contact} was given up: ${'e'.repeat(maxErrorBytes)}`],
          ] as const
        }),
      )
    const store = dynamoStore(database.client, localTable)
    let state = calm
    for (let round = 0; round <= maxEarlier + 2; round++) {
      // Alternates between the same problems and new ones, until the former have their maximum of earlier steps.
      const found = wrong(round % 2 === 0 ? 0 : round * 150)
      const next = watch(state, found, tick(t0 + round * 60), version('0123456789ab'))
      expect(await store.putState(next)).toBe('written')
      state = { ...next, revision: next.revision + 1 }
    }
    const kinds = ['voter', 'check', 'contact'] as const
    const ofKind = (kind: string) => state.outbox.filter(({ check: subject }) => subject.startsWith(kind))
    for (const kind of kinds) expect(ofKind(kind)).toHaveLength(maxTold + 1)
    expect(state.outbox.filter(({ earlier }) => earlier.length === maxEarlier)).toHaveLength(3 * maxTold)
    expect(state.rows.size).toBe(3 * (maxTold + 1))
  })
})
