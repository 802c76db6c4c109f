import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Decided } from '../../shared/check.ts'
import { advanceShard, type Rows, verdicts } from '../../shared/quorum/decide.ts'
import { check, tick } from '../fixtures/words.ts'
import { finalVerdict, type Said } from './judge-twin.ts'
import { ballotOf, judged, shardOf } from './shards.ts'

const at = 1_790_000_040
const shard = shardOf('p1', ['a', 'b', 'c'], ['web', 'db'])

describe('the verdicts of a shard', () => {
  test('each check is judged by its own position in the ballots', () => {
    const ballots = [
      ballotOf(shard, at, 'a', 'ox'),
      ballotOf(shard, at, 'b', 'ox'),
      ballotOf(shard, at, 'c', 'oo'),
    ]
    expect(verdicts(shard, ballots, false)).toEqual(['online', 'offline'])
  })

  test('one open check keeps the whole tick open', () => {
    const ballots = [ballotOf(shard, at, 'a', 'xo'), ballotOf(shard, at, 'b', 'xx')]
    expect(verdicts(shard, ballots, false)).toBeUndefined()
    expect(verdicts(shard, ballots, true)).toEqual(['offline', 'split'])
  })

  test('a latency exactly on the threshold is not slow, one over it is', () => {
    const slow = shardOf('p1', ['a'], [judged('web', { confirmations: 1, slowMs: 500 })])
    const at500 = { ...ballotOf(slow, at, 'a', 'o'), ms: [500] }
    expect(verdicts(slow, [at500], true)).toEqual(['online'])
    expect(verdicts(slow, [{ ...at500, ms: [501] }], true)).toEqual(['degraded'])
  })

  test('a check without a threshold is never slow', () => {
    const { slowMs: _, ...never } = judged('web', { confirmations: 1 })
    const patient = shardOf('p1', ['a'], [never])
    expect(verdicts(patient, [{ ...ballotOf(patient, at, 'a', 'o'), ms: [59_999] }], true)).toEqual([
      'online',
    ])
  })

  test("a stranger's ballot counts neither as a vote nor as somebody who was waited for", () => {
    const strangers = ['x', 'y', 'z'].map((name) => ballotOf(shard, at, name, 'xx'))
    expect(verdicts(shard, strangers, false)).toBeUndefined()
    expect(verdicts(shard, strangers, true)).toEqual(['blind', 'blind'])
  })

  test('of two ballots of one voter the first counts', () => {
    const ballots = [
      ballotOf(shard, at, 'a', 'xx'),
      ballotOf(shard, at, 'a', 'oo'),
      ballotOf(shard, at, 'b', 'xx'),
      ballotOf(shard, at, 'c', 'oo'),
    ]
    expect(verdicts(shard, ballots, true)).toEqual(['offline', 'offline'])
  })

  test('a voter that repeats itself is still one voter', () => {
    const ballots = Array.from({ length: 5 }, () => ballotOf(shard, at, 'a', 'xx'))
    expect(verdicts(shard, ballots, true)).toEqual(['blind', 'blind'])
  })

  test('a ballot under another version of the plan has arrived and abstains', () => {
    const ballots = ['a', 'b', 'c'].map((name) => ballotOf(shard, at, name, 'xx', 'p0'))
    expect(verdicts(shard, ballots, false)).toEqual(['blind', 'blind'])
  })

  test('a ballot shorter than the shard abstains for what it lacks', () => {
    const ballots = ['a', 'b', 'c'].map((name) => ({ ...ballotOf(shard, at, name, 'xx'), ms: [-2] }))
    expect(verdicts(shard, ballots, false)).toEqual(['offline', 'blind'])
  })

  test('a shard without checks is decided by saying nothing', () => {
    expect(verdicts(shardOf('p1', ['a'], []), [], false)).toEqual([])
  })

  test('without any ballot every check is blind, at the deadline and not before', () => {
    expect(verdicts(shard, [], false)).toBeUndefined()
    expect(verdicts(shard, [], true)).toEqual(['blind', 'blind'])
  })
})

describe('verdicts of any ballots', () => {
  const said = fc.constantFrom<Said>('offline', 'slow', 'online', 'abstain', 'missing')
  const letter = { offline: 'x', slow: 'd', online: 'o', abstain: 'a' } as const
  const electorate = fc.integer({ min: 1, max: 12 }).chain((voters) =>
    fc.record({
      confirmations: fc.integer({ min: 1, max: voters }),
      said: fc.array(said, { minLength: voters, maxLength: voters }),
      order: fc.infiniteStream(fc.nat()),
    }),
  )

  test('are the twin’s at the deadline, in any order of arrival', () => {
    fc.assert(
      fc.property(electorate, ({ confirmations, said, order }) => {
        const names = said.map((_, index) => `voter-${index}`)
        const wide = shardOf('p1', names, [judged('web', { confirmations })])
        const ballots = said.flatMap((word, index) =>
          word === 'missing' ? [] : [ballotOf(wide, at, names[index]!, letter[word])],
        )
        const shuffled = ballots
          .map((ballot) => ({ ballot, rank: order.next().value as number }))
          .sort((one, other) => one.rank - other.rank)
          .map(({ ballot }) => ballot)
        expect(verdicts(wide, shuffled, true)).toEqual([finalVerdict(said, confirmations)])
        expect(verdicts(wide, shuffled, false)).toEqual(verdicts(wide, ballots, false))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('the rows and flips of one tick', () => {
  const one = shardOf('p1', ['a', 'b', 'c'], [judged('web', { delay: { down: 1, up: 1 } })])
  const step = (rows: Rows, verdict: Decided) => advanceShard(one, rows, [verdict], tick(at))

  test('a check that stays plainly online leaves no row', () => {
    expect(step(new Map(), 'online')).toEqual({ rows: new Map(), flips: [] })
    expect(step(new Map(), 'split')).toEqual({ rows: new Map(), flips: [] })
  })

  test('a check that goes down leaves a row and a flip from online, since when nobody knows', () => {
    const { rows, flips } = step(new Map(), 'offline')
    expect(rows.get(check('web'))).toMatchObject({ status: 'offline', since: at })
    expect(flips).toEqual([{ check: 'web', from: 'online', to: 'offline', tick: at }])
  })

  test('a check that comes back says since when it was down, and its row is dropped', () => {
    const down = step(new Map(), 'offline').rows
    const { rows, flips } = advanceShard(one, down, ['online'], tick(at + 60))
    expect(rows.size).toBe(0)
    expect(flips).toEqual([{ check: 'web', from: 'offline', to: 'online', tick: at + 60, since: at }])
  })

  test('a check that was online with a doubt beside goes down since nobody knows when, as one without', () => {
    const patient = shardOf('p1', ['a', 'b', 'c'], [judged('web', { delay: { down: 2, up: 1 } })])
    const doubted = advanceShard(patient, new Map(), ['offline'], tick(at)).rows
    const { flips } = advanceShard(patient, doubted, ['offline'], tick(at + 60))
    expect(flips).toEqual([{ check: 'web', from: 'online', to: 'offline', tick: at + 60 }])
  })

  test('flips come in the order of the plan', () => {
    const delay = { down: 1, up: 1 }
    const many = shardOf(
      'p1',
      ['a'],
      ['z', 'm', 'a'].map((name) => judged(name, { delay })),
    )
    const { flips } = advanceShard(many, new Map(), ['offline', 'degraded', 'offline'], tick(at))
    expect(flips.map(({ check: name, to }) => `${name} ${to}`)).toEqual([
      'z offline',
      'm degraded',
      'a offline',
    ])
  })
})
