import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Decided, Delay, Status } from '../../shared/check.ts'
import { advance, isPlainlyOnline, onlineRow, pendingRow, type Row } from '../../shared/quorum/advance.ts'
import { advanceShard, type Rows } from '../../shared/quorum/decide.ts'
import { check, tick, version } from '../fixtures/words.ts'
import { twinStatuses } from './advance-twin.ts'

const letters = { o: 'online', d: 'degraded', x: 'offline', s: 'split', b: 'blind' } as const

/** Verdicts as letters: o online, d degraded, x offline, s split, b blind. Spaces are ignored. */
function verdictsOf(text: string): readonly Decided[] {
  return [...text.replaceAll(' ', '')].map((letter) => letters[letter as keyof typeof letters])
}

function rowOf(status: Status): Row {
  return { ...pendingRow(tick(0)), status }
}

/** The row after each verdict, one minute apart, starting at 60. */
function run(first: Row, verdicts: readonly Decided[], delay: Delay): readonly Row[] {
  const rows: Row[] = []
  verdicts.forEach((verdict, index) => {
    rows.push(advance(rows.at(-1) ?? first, verdict, delay, tick((index + 1) * 60)))
  })
  return rows
}

const both = (n: number): Delay => ({ down: n, up: n })

describe('the table of transitions', () => {
  test.each<readonly [Status, string, Status]>([
    // With n = 2 in both directions.
    ['online', 'xx', 'offline'],
    ['online', 'dd', 'degraded'],
    // Worse than online twice, offline only once:
    ['online', 'xd', 'degraded'],
    // The mixed streak counts as degraded:
    ['online', 'dx', 'degraded'],
    // One tick is not enough:
    ['online', 'x', 'online'],
    // Not in a row:
    ['online', 'xox', 'online'],
    ['degraded', 'xx', 'offline'],
    ['degraded', 'oo', 'online'],
    ['degraded', 'dddd', 'degraded'],
    ['degraded', 'xo', 'degraded'],
    ['offline', 'oo', 'online'],
    ['offline', 'dd', 'degraded'],
    // Better than offline twice, online only once:
    ['offline', 'od', 'degraded'],
    ['offline', 'do', 'degraded'],
    ['offline', 'o', 'offline'],
    ['pending', 'xx', 'offline'],
    ['pending', 'oo', 'online'],
    // At least degraded, twice:
    ['pending', 'xd', 'degraded'],
    // At most degraded, twice:
    ['pending', 'do', 'degraded'],
    // The two ticks have nothing in common:
    ['pending', 'xo', 'pending'],
    ['pending', 'ssss', 'pending'],
    ['pending', 'bbbb', 'pending'],
  ])('%s, then %s: %s', (first, verdicts, last) => {
    expect(run(rowOf(first), verdictsOf(verdicts), both(2)).at(-1)!.status).toBe(last)
  })

  test.each(['online', 'degraded', 'offline', 'pending'] as const)(
    'with a delay of 1, %s follows every verdict at once',
    (first) => {
      for (const verdict of ['online', 'degraded', 'offline'] as const) {
        expect(advance(rowOf(first), verdict, both(1), tick(60)).status).toBe(verdict)
      }
    },
  )
})

describe('streaks in prose', () => {
  test('three in a row flip at the third, and the status is dated by that tick', () => {
    const rows = run(rowOf('online'), verdictsOf('xxx'), both(3))
    expect(rows.map((row) => row.status)).toEqual(['online', 'online', 'offline'])
    expect(rows.at(-1)!.since).toBe(180)
  })

  test('slow to fall and quick to rise: { down: 3, up: 1 }', () => {
    const statuses = run(rowOf('online'), verdictsOf('xx o xxx o'), { down: 3, up: 1 }).map(
      (row) => row.status,
    )
    expect(statuses).toEqual(['online', 'online', 'online', 'online', 'online', 'offline', 'online'])
  })

  test('quick to fall and slow to rise: { down: 1, up: 3 }', () => {
    const statuses = run(rowOf('online'), verdictsOf('x oo x ooo'), { down: 1, up: 3 }).map(
      (row) => row.status,
    )
    expect(statuses).toEqual(['offline', 'offline', 'offline', 'offline', 'offline', 'offline', 'online'])
  })

  test('flapping every tick never flips anything', () => {
    const rows = run(rowOf('online'), verdictsOf('xo'.repeat(50)), both(2))
    expect(new Set(rows.map((row) => row.status))).toEqual(new Set(['online']))
  })

  test('the voters disagree: a split begins every count anew', () => {
    expect(run(rowOf('online'), verdictsOf('xxsxx'), both(3)).at(-1)!.status).toBe('online')
    expect(run(rowOf('online'), verdictsOf('xxsxxx'), both(3)).at(-1)!.status).toBe('offline')
  })

  test('nobody could look: as many blind ticks as the delay freeze the streak', () => {
    expect(run(rowOf('online'), verdictsOf('xx bbb x'), both(3)).at(-1)!.status).toBe('offline')
  })

  test('one blind tick more than the delay ends the streak', () => {
    expect(run(rowOf('online'), verdictsOf('xx bbbb x'), both(3)).at(-1)!.status).toBe('online')
    expect(run(rowOf('online'), verdictsOf('xx bbbb xxx'), both(3)).at(-1)!.status).toBe('offline')
  })

  test('only blind ticks in a row add up: any vote between them begins their count anew', () => {
    expect(run(rowOf('online'), verdictsOf('x bbb x bbb x'), both(3)).at(-1)!.status).toBe('offline')
  })

  test('each direction forgets by its own delay', () => {
    const delay = { down: 3, up: 1 }
    const [, , third] = run(rowOf('degraded'), verdictsOf('dbb'), delay)
    expect(third).toMatchObject({ atLeastDegraded: 1, atMostDegraded: 0, blind: 2 })
  })

  test('a check that goes blind while offline stays offline for ever', () => {
    expect(run(rowOf('offline'), verdictsOf('b'.repeat(200)), both(1)).at(-1)).toMatchObject({
      status: 'offline',
      since: 0,
      blind: 200,
    })
  })
})

describe('against a twin that keeps the whole history', () => {
  const decided = fc.constantFrom<Decided>('online', 'degraded', 'offline', 'split', 'blind')
  // Runs of one verdict reach the delays far more often than single draws do.
  const history = fc
    .array(fc.tuple(decided, fc.integer({ min: 1, max: 5 })), { maxLength: 12 })
    .map((runs) => runs.flatMap(([verdict, length]) => Array<Decided>(length).fill(verdict)))
  const delay = fc.record({ down: fc.integer({ min: 1, max: 4 }), up: fc.integer({ min: 1, max: 4 }) })
  const first = fc.constantFrom<Status>('pending', 'online', 'degraded', 'offline')

  test('every status of every sequence is the same', () => {
    fc.assert(
      fc.property(history, delay, first, (verdicts, n, status) => {
        const statuses = run(rowOf(status), verdicts, n).map((row) => row.status)
        expect(statuses).toEqual(twinStatuses(verdicts, n, status))
      }),
      { numRuns: 3000 },
    )
  })

  test('a blind or a split tick by itself never changes a status', () => {
    fc.assert(
      fc.property(history, delay, first, fc.constantFrom('blind', 'split'), (verdicts, n, status, last) => {
        const before = run(rowOf(status), verdicts, n).at(-1) ?? rowOf(status)
        expect(advance(before, last, n, tick(99_960))).toMatchObject({
          status: before.status,
          since: before.since,
        })
      }),
    )
  })

  test('a row is dated by the tick of its last change', () => {
    fc.assert(
      fc.property(history, delay, first, (verdicts, n, status) => {
        const rows = run(rowOf(status), verdicts, n)
        rows.forEach((row, index) => {
          const before = rows[index - 1] ?? rowOf(status)
          expect(row.since).toBe(row.status === before.status ? before.since : (index + 1) * 60)
        })
      }),
    )
  })

  test('keeping no row of a check that is plainly online changes no later status', () => {
    fc.assert(
      fc.property(history, delay, first, (verdicts, n, status) => {
        const web = { name: check('web'), confirmations: 1, delay: n }
        const shard = { version: version('p'), voters: [], checks: [web] }
        let rows: Rows = isPlainlyOnline(rowOf(status)) ? new Map() : new Map([[web.name, rowOf(status)]])
        const sparse = verdicts.map((verdict, index) => {
          rows = advanceShard(shard, rows, [verdict], tick((index + 1) * 60)).rows
          return rows.get(web.name)?.status ?? 'online'
        })
        expect(sparse).toEqual(run(rowOf(status), verdicts, n).map((row) => row.status))
      }),
      { numRuns: 3000 },
    )
  })
})

describe('rows that need not be kept', () => {
  test('a check without a row is online with nothing against it', () => {
    expect(isPlainlyOnline(onlineRow(tick(60)))).toBe(true)
  })

  test.each([
    ['pending', pendingRow(tick(60))],
    ['degraded', rowOf('degraded')],
    ['offline', rowOf('offline')],
    ['online, but seen offline once', { ...onlineRow(tick(60)), offline: 1, atLeastDegraded: 1 }],
    ['online, but seen degraded once', { ...onlineRow(tick(60)), atLeastDegraded: 1 }],
    ['online, but blind', { ...onlineRow(tick(60)), blind: 1 }],
  ] as const)('a row is kept while a check is %s', (_words, row) => {
    expect(isPlainlyOnline(row)).toBe(false)
  })

  test('good ticks alone leave nothing to keep, however many', () => {
    const last = run(onlineRow(tick(0)), verdictsOf('oooo'), both(2)).at(-1)!
    expect(last.online).toBe(4)
    expect(isPlainlyOnline(last)).toBe(true)
  })
})
