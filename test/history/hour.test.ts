import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CheckName, PlanVersion, Tick, VoterName } from '../../shared/check.ts'
import { nearestRank, rollUpHour } from '../../shared/history/hour.ts'
import type { Ballot } from '../../shared/quorum/ballot.ts'

const start = 1_790_002_800 as Tick
const version = 'a1b2c3d4e5f6' as PlanVersion
const voters = ['east', 'west'] as VoterName[]

const check = (name: string, changes = {}) => ({
  name: name as CheckName,
  confirmations: 1,
  delay: { down: 1, up: 1 },
  ...changes,
})

/** Four ticks an hour, so that an hour fits into a line. */
const shard = { version, voters, intervalSeconds: 900, checks: [check('web', { slowMs: 100 }), check('db')] }

const ballot = (position: number, voter: string, ms: number[], plan: string = version): Ballot => ({
  voter: voter as VoterName,
  tick: (start + 900 * position) as Tick,
  plan: plan as PlanVersion,
  ms,
  failed: {},
})

const hourOf = (name: string, voter: string, ballots: readonly Ballot[]) =>
  rollUpHour(shard, start, ballots).get(name as CheckName)![voter as VoterName]!

describe('an hour', () => {
  test.each([
    { intervalSeconds: 420, ticks: 8, first: 240 },
    { intervalSeconds: 420, ticks: 9, first: 0, from: start + 3600 },
    { intervalSeconds: 7200, ticks: 1, first: 0, from: start - 3600 },
    { intervalSeconds: 7200, ticks: 0, first: 0 },
  ])(
    'of an interval of $intervalSeconds s has $ticks ticks',
    ({ intervalSeconds, ticks, first, from = start }) => {
      const cast = { ...ballot(0, 'east', [5, 6]), tick: (from + first) as Tick }
      const hour = rollUpHour({ ...shard, intervalSeconds }, from as Tick, ticks === 0 ? [] : [cast])
      const { ms } = hour.get('web' as CheckName)!['east' as VoterName]!
      expect(ms).toEqual([5, ...Array(9).fill(-1)].slice(0, ticks))
    },
  )

  test('has each voter’s counts, percentiles and samples, in the order of the ticks', () => {
    const ballots = [ballot(2, 'east', [120, 7]), ballot(0, 'east', [80.5, 5]), ballot(1, 'east', [-2, 6])]
    expect(hourOf('web', 'east', ballots)).toEqual({
      n: 3,
      ok: 2,
      slow: 1,
      p50: 80.5,
      p95: 120,
      p99: 120,
      max: 120,
      ms: [80.5, -2, 120, -1],
    })
    expect(hourOf('db', 'east', ballots)).toMatchObject({ n: 3, ok: 3, slow: 0, p50: 6, ms: [5, 6, 7, -1] })
  })

  test('of a voter that was not heard of has no latencies', () => {
    expect(hourOf('web', 'west', [])).toEqual({ n: 0, ok: 0, slow: 0, ms: [-1, -1, -1, -1] })
  })

  test('of a target that was down all the time has looks and no latencies', () => {
    const ballots = [0, 1, 2, 3].map((position) => ballot(position, 'west', [-2, -1]))
    expect(hourOf('web', 'west', ballots)).toEqual({ n: 4, ok: 0, slow: 0, ms: [-2, -2, -2, -2] })
    expect(hourOf('db', 'west', ballots)).toEqual({ n: 0, ok: 0, slow: 0, ms: [-1, -1, -1, -1] })
  })

  test('does not count a latency on the threshold as slow', () => {
    expect(hourOf('web', 'east', [ballot(0, 'east', [100, 1]), ballot(1, 'east', [101, 1])]).slow).toBe(1)
  })

  test.each([
    ['a ballot under another plan', ballot(0, 'east', [1, 1], 'another')],
    ['a stranger’s ballot', ballot(0, 'north', [1, 1])],
    ['a ballot of the next hour', ballot(4, 'east', [1, 1])],
    ['a ballot without the check', ballot(0, 'east', [])],
  ])('passes over %s', (_, stray) => {
    for (const voter of voters) expect(hourOf('web', voter, [stray])).toEqual(hourOf('web', voter, []))
  })

  test('takes a voter’s first ballot of a tick', () => {
    const hour = hourOf('web', 'east', [ballot(0, 'east', [1, 1]), ballot(0, 'east', [2, 2])])
    expect(hour.ms[0]).toBe(1)
  })
})

describe('the nearest rank', () => {
  // The textbook example: 15, 20, 35, 40, 50.
  test.each([
    [0.05, 15],
    [0.3, 20],
    [0.4, 20],
    [0.5, 35],
    [1, 50],
  ])('of five values at %f is %i', (share, value) => {
    expect(nearestRank([15, 20, 35, 40, 50], share)).toBe(value)
  })

  test('is the smallest value that enough others do not exceed', () => {
    const values = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 100 })
    fc.assert(
      fc.property(values, fc.constantFrom(0.5, 0.95, 0.99), (unsorted, share) => {
        const sorted = unsorted.toSorted((a, b) => a - b)
        const notAbove = (bound: number) => sorted.filter((value) => value <= bound).length
        const naive = sorted.find((value) => notAbove(value) >= share * sorted.length)
        expect(nearestRank(sorted, share)).toBe(naive)
      }),
    )
  })
})
