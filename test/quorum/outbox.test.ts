import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Status } from '../../shared/check.ts'
import {
  type Entry,
  enqueue,
  lastStep,
  maxEarlier,
  newsIn,
  prune,
  type Step,
} from '../../shared/quorum/outbox.ts'
import { check, tick, version } from '../fixtures/words.ts'

const web = check('web')
const db = check('db')
const plan = version('p1')

function step(from: Status, to: Step['to'], at: number, since?: number): Step {
  return { from, to, tick: tick(at), plan, ...(since === undefined ? {} : { since: tick(since) }) }
}

describe('what waits to be told', () => {
  test('the first step of a check is an entry by itself', () => {
    expect(enqueue([], web, step('online', 'offline', 120), 1)).toEqual([
      { from: 'online', to: 'offline', tick: 120, plan, seq: 1, check: 'web', earlier: [] },
    ])
  })

  test('a newer step takes the place of the undelivered one: where it came from stays, where it is now is new', () => {
    const outbox = enqueue([], web, step('degraded', 'offline', 120, 60), 1)
    expect(enqueue(outbox, web, step('offline', 'online', 300, 120), 2)).toEqual([
      {
        from: 'degraded',
        since: 60,
        to: 'online',
        tick: 300,
        plan,
        seq: 2,
        check: 'web',
        earlier: [{ ...step('degraded', 'offline', 120, 60), seq: 1 }],
      },
    ])
  })

  test('a reader who has heard of the older step hears of the newer one alone', () => {
    let outbox = enqueue([], web, step('degraded', 'offline', 120, 60), 1)
    outbox = enqueue(outbox, web, step('offline', 'online', 300, 120), 2)
    expect(newsIn(outbox[0]!, 0)).toEqual(outbox[0])
    const alone = { ...step('offline', 'online', 300, 120), seq: 2, check: 'web', earlier: [] }
    expect(newsIn(outbox[0]!, 1)).toEqual(alone)
    expect(newsIn(outbox[0]!, 2)).toBeUndefined()
  })

  test('the entry moves to the end, behind what was committed before its newest step', () => {
    let outbox = enqueue([], web, step('online', 'offline', 120), 1)
    outbox = enqueue(outbox, db, step('online', 'offline', 120), 2)
    outbox = enqueue(outbox, web, step('offline', 'online', 240, 120), 3)
    expect(outbox.map((entry) => `${entry.seq} ${entry.check}`)).toEqual(['2 db', '3 web'])
  })

  test('a check that was online since nobody knows when gets no date from a later step', () => {
    let outbox = enqueue([], web, step('online', 'offline', 120), 1)
    outbox = enqueue(outbox, web, step('offline', 'degraded', 240, 120), 2)
    expect(outbox[0]).not.toHaveProperty('since')
  })

  test('a check that flaps undelivered is remembered by its latest steps, and by where it began', () => {
    let outbox: readonly Entry[] = []
    for (let index = 0; index < 20; index++) {
      const [from, to] =
        index % 2 === 0 ? (['offline', 'degraded'] as const) : (['degraded', 'offline'] as const)
      outbox = enqueue(outbox, web, step(from, to, (index + 1) * 60, index * 60), index + 1)
    }
    expect(outbox).toHaveLength(1)
    expect(outbox[0]).toMatchObject({ from: 'offline', since: 0, to: 'offline', tick: 1200, seq: 20 })
    expect(outbox[0]!.earlier.map((one) => one.tick / 60)).toEqual([12, 13, 14, 15, 16, 17, 18, 19])
  })

  test('the note of the operators is that of the newest step', () => {
    let outbox = enqueue([], web, step('online', 'offline', 120), 1, 'silent')
    outbox = enqueue(outbox, web, step('offline', 'online', 180), 2, 'well again')
    expect(outbox[0]!.note).toBe('well again')
  })

  test('a check that was removed and came back began anew: its newest step leads from pending', () => {
    let outbox = enqueue([], web, step('offline', 'removed', 120, 60), 1)
    outbox = enqueue(outbox, web, step('pending', 'offline', 600, 480), 2)
    expect(lastStep(outbox[0]!)).toEqual(step('pending', 'offline', 600))
  })
})

describe('what everybody has heard', () => {
  const outbox = [1, 2, 3].map((seq) => ({ seq, check: `c${seq}` }) as unknown as Entry)

  test.each([
    ['nobody has read anything', {}, [1, 2, 3]],
    ['one reader is behind the others', { ops: 3, hook: 1 }, [2, 3]],
    ['all readers have read it', { ops: 2, hook: 2 }, [3]],
    ['a reader that nobody wrote a cursor for has read nothing', { ops: 3 }, [1, 2, 3]],
    ['a cursor of somebody else counts for nothing', { ops: 3, hook: 3, stranger: 0 }, []],
  ] as const)('%s', (_sentence, cursors, left) => {
    expect(prune(outbox, cursors, () => ['ops', 'hook']).map(({ seq }) => seq)).toEqual(left)
  })

  test('an entry waits for its own readers only', () => {
    const readersOf = ({ check: name }: Entry) => (name === web ? ['ops'] : ['hook'])
    const two = [
      { seq: 1, check: web },
      { seq: 2, check: db },
    ] as unknown as Entry[]
    expect(prune(two, { ops: 2 }, readersOf).map((entry) => entry.check)).toEqual(['db'])
  })

  test.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty'])(
    'a contact called %s has read nothing either before it has a cursor',
    (reader) => {
      expect(prune(outbox, {}, () => [reader])).toEqual(outbox)
      expect(prune(outbox, { [reader]: 2 }, () => [reader]).map(({ seq }) => seq)).toEqual([3])
    },
  )
})

describe('any history of steps', () => {
  // A random walk through the statuses; a removed check returns as pending.
  const walk = fc.array(
    fc.record({
      to: fc.constantFrom<Step['to']>('pending', 'online', 'degraded', 'offline', 'removed'),
      check: fc.constantFrom(web, db),
      delivered: fc.integer({ min: 0, max: 9 }).map((draw) => draw === 0),
    }),
    { maxLength: 40 },
  )

  test('is told in order, once for each check, from where its reader was left to where it is', () => {
    fc.assert(
      fc.property(walk, (moves) => {
        let outbox: readonly Entry[] = []
        const stands = new Map<string, { to: Step['to']; at: number }>()
        const undelivered = new Map<string, Step[]>()
        moves.forEach(({ to, check: name, delivered }, index) => {
          if (delivered) {
            outbox = []
            undelivered.clear()
          }
          const before = stands.get(name) ?? { to: 'online', at: 0 }
          const reborn = before.to === 'removed'
          const from: Status = before.to === 'removed' ? 'pending' : before.to
          if (from === to) return
          // No step records when a removed check returned, so `since` is unknown.
          const since = from === 'online' || reborn ? undefined : before.at
          const made = step(from, to, (index + 1) * 60, since)
          outbox = enqueue(outbox, name, made, index + 1)
          stands.set(name, { to, at: made.tick })
          undelivered.set(name, [...(undelivered.get(name) ?? []), made])

          const entry = outbox.find((one) => one.check === name)!
          const steps = undelivered.get(name)!
          expect(lastStep(entry)).toEqual(made)
          expect(entry.earlier).toEqual(
            steps
              .slice(0, -1)
              .slice(-maxEarlier)
              .map((one) => ({ ...one, seq: one.tick / 60 })),
          )
          for (let cursor = 0; cursor <= entry.seq; cursor++) {
            const news = newsIn(entry, cursor)
            const unheard = steps.filter((one) => one.tick / 60 > cursor)
            expect(news === undefined).toBe(unheard.length === 0)
            // Steps beyond `maxEarlier` are forgotten and cannot be expected.
            if (news === undefined || unheard.length > maxEarlier) continue
            expect([news.from, news.since]).toEqual([unheard[0]!.from, unheard[0]!.since])
            expect(news.earlier.map((one) => one.tick)).toEqual(unheard.slice(0, -1).map((one) => one.tick))
            expect(lastStep(news)).toEqual(made)
          }
          expect([entry.from, entry.since]).toEqual([steps[0]!.from, steps[0]!.since])
          expect([entry.to, entry.tick, entry.seq]).toEqual([to, made.tick, index + 1])
        })
        expect(outbox.map(({ seq }) => seq)).toEqual(outbox.map(({ seq }) => seq).toSorted((a, b) => a - b))
        expect(new Set(outbox.map((entry) => entry.check)).size).toBe(outbox.length)
      }),
      { numRuns: 500 },
    )
  })
})
