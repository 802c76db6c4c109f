import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PlanEntry, PlanIndex } from '../../shared/plan/plan.ts'
import {
  cachedMs,
  entryAt,
  holdsFrom,
  jobsBetween,
  keptSeconds,
  leadSeconds,
  withEntry,
} from '../../shared/plan/schedule.ts'
import { shardId, tick, version, voter } from '../fixtures/words.ts'

const t0 = 1_790_002_800

const entry = (name: string, from: number): PlanEntry => ({ version: version(name), from: tick(from) })

/** A plan with one shard for each of these intervals; `a` votes on all of them. */
function indexWith(name: string, intervals: readonly number[], voters: readonly string[] = ['a']): PlanIndex {
  return {
    version: version(name),
    contacts: [],
    shards: intervals.map((intervalSeconds) => ({
      shard: shardId(`${intervalSeconds}s-${name}-1`),
      intervalSeconds,
      voters: voters.map(voter),
      timeoutMs: 5000,
      checks: 1,
    })),
  }
}

describe('the plan that holds at a tick', () => {
  const entries = [entry('one', t0), entry('two', t0 + 600)]
  test.each([
    [t0 - 1, undefined],
    [t0, 'one'],
    [t0 + 599, 'one'],
    [t0 + 600, 'two'],
    [t0 + 86_400, 'two'],
  ])('at %d', (at, expected) => {
    expect(entryAt(entries, tick(at))?.version).toBe(expected)
  })
})

describe('when a new plan takes effect', () => {
  test.each([
    [t0, t0 + 180],
    [t0 + 0.001, t0 + 240],
    [t0 + 1, t0 + 240],
    [t0 + 59.999, t0 + 240],
    [t0 + 60, t0 + 240],
  ])('applied at %d it holds from %d', (now, from) => {
    expect(holdsFrom(now)).toBe(from)
  })

  test('every voter has read of it before it queues ticks of it', () => {
    // A schedule that runs at T queues jobs up to T+120, with a copy that is at most `cachedMs` old.
    expect(leadSeconds).toBeGreaterThanOrEqual(120 + cachedMs / 1000)
  })
})

describe('the entries after an apply', () => {
  test('one that has not come to hold and comes later than the new one never holds', () => {
    const entries = [entry('one', t0), entry('two', t0 + 600)]
    expect(withEntry(entries, entry('three', t0 + 600), t0 + 300)).toEqual([
      entry('one', t0),
      entry('three', t0 + 600),
    ])
    expect(withEntry(entries, entry('three', t0 + 540), t0 + 300)).toEqual([
      entry('one', t0),
      entry('three', t0 + 540),
    ])
  })

  test('one that was superseded an hour ago is dropped', () => {
    const entries = [entry('one', t0), entry('two', t0 + 600)]
    const third = (now: number) =>
      withEntry(entries, entry('three', now + 180), now).map((one) => one.version)
    expect(third(t0 + 600 + keptSeconds - 1)).toEqual(['one', 'two', 'three'])
    expect(third(t0 + 600 + keptSeconds)).toEqual(['two', 'three'])
  })

  test('one that is needed is kept however old it is, and all after it', () => {
    const entries = [entry('one', t0), entry('two', t0 + 600), entry('three', t0 + 1200)]
    const now = t0 + 1200 + keptSeconds
    const fourth = (...needed: PlanEntry[]) =>
      withEntry(entries, entry('four', now + 180), now, new Set(needed)).map((one) => one.version)
    expect(fourth()).toEqual(['three', 'four'])
    expect(fourth(entries[1]!)).toEqual(['two', 'three', 'four'])
    expect(fourth(entries[0]!)).toEqual(['one', 'two', 'three', 'four'])
  })

  test('whatever was applied when: every tick of the last hour and to come has the plan that was meant for it', () => {
    const applies = fc.array(
      fc.record({ after: fc.nat(4000), lead: fc.constantFrom(0, 180, 180, 180, 600) }),
      {
        minLength: 1,
        maxLength: 12,
      },
    )
    fc.assert(
      fc.property(applies, fc.array(fc.nat(8000), { minLength: 20, maxLength: 20 }), (all, samples) => {
        let now = t0
        let entries: readonly PlanEntry[] = []
        const applied: PlanEntry[] = []
        for (const [index, { after, lead }] of all.entries()) {
          now += after
          const made = entry(`plan-${index}`, now + lead)
          entries = withEntry(entries, made, now)
          applied.push(made)
          expect(entries.map(({ from }) => from)).toEqual(
            [...new Set(entries.map(({ from }) => from))].sort((a, b) => a - b),
          )
          for (const sample of samples) {
            const at = tick(now - keptSeconds + sample)
            // The plan applied last, among those that hold from then or earlier.
            const meant = applied.findLast(({ from }) => from <= at)
            expect(entryAt(entries, at)?.version).toBe(meant?.version)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('the jobs of a minute', () => {
  const jobs = (
    entries: readonly PlanEntry[],
    indexes: readonly PlanIndex[],
    from: number,
    to: number,
    name = 'a',
  ) =>
    jobsBetween(
      entries,
      (one) => indexes.find((index) => index.version === one.version)!,
      voter(name),
      from,
      to,
    )

  test('are its ticks, the first second included, the last excluded, in order of time', () => {
    const found = jobs([entry('one', t0)], [indexWith('one', [60, 20])], t0 + 60, t0 + 120)
    expect(found).toEqual([
      { shard: '60s-one-1', tick: t0 + 60 },
      { shard: '20s-one-1', tick: t0 + 60 },
      { shard: '20s-one-1', tick: t0 + 80 },
      { shard: '20s-one-1', tick: t0 + 100 },
    ])
  })

  test('are those of the voter alone', () => {
    expect(jobs([entry('one', t0)], [indexWith('one', [60], ['b'])], t0, t0 + 60)).toEqual([])
  })

  test('are none before the first plan', () => {
    expect(jobs([], [], t0, t0 + 60)).toEqual([])
    expect(jobs([entry('one', t0 + 60)], [indexWith('one', [10])], t0, t0 + 60)).toEqual([])
  })

  test('follow a plan that changes in the middle of the minute', () => {
    const entries = [entry('one', t0), entry('two', t0 + 90)]
    const found = jobs(entries, [indexWith('one', [20]), indexWith('two', [30])], t0 + 60, t0 + 120)
    expect(found.map(({ shard, tick: at }) => `${at - t0} ${shard}`)).toEqual([
      '60 20s-one-1',
      '80 20s-one-1',
      '90 30s-two-1',
    ])
  })

  test('over consecutive minutes cover every tick exactly once, whatever the plans', () => {
    const plans = fc.array(
      fc.record({
        intervals: fc.uniqueArray(fc.constantFrom(1, 2, 3, 5, 6, 10, 15, 20, 30, 60, 120, 300), {
          maxLength: 4,
        }),
        lasts: fc.integer({ min: 1, max: 400 }),
        voters: fc.constantFrom(['a'], ['a', 'b'], ['b']),
      }),
      { minLength: 1, maxLength: 4 },
    )
    fc.assert(
      fc.property(plans, fc.nat(120), (drawn, before) => {
        const entries: PlanEntry[] = []
        const indexes: PlanIndex[] = []
        let from = t0 + before
        for (const [index, { intervals, lasts, voters }] of drawn.entries()) {
          entries.push(entry(`p${index}`, from))
          indexes.push(indexWith(`p${index}`, intervals, voters))
          from += lasts
        }
        const minutes = Array.from({ length: 12 }, (_, minute) => t0 + minute * 60)
        const found = minutes.flatMap((minute) => jobs(entries, indexes, minute, minute + 60))

        // The twin tries every single second.
        const expected: string[] = []
        for (let second = t0; second < t0 + 720; second++) {
          const inForce = entries.findLast((one) => one.from <= second)
          const index = indexes.find((one) => one.version === inForce?.version)
          for (const { shard, intervalSeconds, voters } of index?.shards ?? []) {
            if (second % intervalSeconds === 0 && voters.includes(voter('a')))
              expected.push(`${second} ${shard}`)
          }
        }
        expect(found.map((job) => `${job.tick} ${job.shard}`).toSorted()).toEqual(expected.toSorted())
        expect(found.map((job) => job.tick)).toEqual(found.map((job) => job.tick).toSorted((a, b) => a - b))
      }),
      { numRuns: 200 },
    )
  })
})
