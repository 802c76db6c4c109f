import { describe, expect, test } from 'vitest'
import { newsFor, noteTold, toldTo } from '../../shared/alerts/deliver/told.ts'
import type { AlertId } from '../../shared/check.ts'
import type { Entry } from '../../shared/quorum/outbox.ts'
import type { Told, ToldNews } from '../../shared/store/store.ts'
import { check, shardId, tick, version } from '../fixtures/words.ts'

const dayMs = 86_400_000

function entry(change: Partial<Entry>): Entry {
  return {
    check: check('web'),
    from: 'online',
    to: 'offline',
    tick: tick(600),
    plan: version('p1'),
    seq: 7,
    earlier: [],
    ...change,
  }
}

function news(to: ToldNews['to'], at: number): ToldNews {
  return { to, tick: tick(at), alertId: `web@${at}` as AlertId, atMs: at * 1000 }
}

const nothing: Told = { shard: shardId('60s-abcdef-1'), revision: 0, contacts: {} }

describe('news for a contact', () => {
  test('starts where the outbox says, for one who was never told anything', () => {
    expect(newsFor(entry({}), {})).toEqual(entry({}))
  })

  test('starts from what it was last told, however many changes the outbox has dropped since', () => {
    expect(newsFor(entry({ from: 'online', to: 'online' }), { web: news('offline', 300) })).toEqual(
      entry({ from: 'offline', to: 'online', since: tick(300) }),
    )
    expect(newsFor(entry({ from: 'degraded', since: tick(300) }), { web: news('online', 540) })).toEqual(
      entry({ from: 'online' }),
    )
  })

  test('is none if this very change was told and only the cursor has not moved', () => {
    expect(newsFor(entry({}), { web: news('offline', 600) })).toBeUndefined()
  })

  test('of a check that was removed and is there again starts anew', () => {
    expect(newsFor(entry({ from: 'pending' }), { web: news('removed', 300) })).toEqual(
      entry({ from: 'pending' }),
    )
  })

  test('of a check called as every object has a property is not confused by it', () => {
    const odd = entry({ check: check('constructor') })
    expect(newsFor(odd, {})).toEqual(odd)
    expect(toldTo(nothing, 'constructor')).toEqual({})
  })
})

describe('what contacts know', () => {
  test('is kept for each of them', () => {
    const one = noteTold(nothing, 'ops', [entry({})], 600_000, () => true)
    const both = noteTold(one, 'hook', [entry({ to: 'online', tick: tick(660) })], 660_000, () => true)
    expect(both.contacts).toEqual({
      ops: { web: { to: 'offline', tick: 600, alertId: 'web@600', atMs: 600_000 } },
      hook: { web: { to: 'online', tick: 660, alertId: 'web@660', atMs: 660_000 } },
    })
  })

  test('outlives a check by 30 days', () => {
    const known = noteTold(nothing, 'ops', [entry({})], 0, () => true)
    const other = [entry({ check: check('db') })]
    const knownAfter = (ms: number) =>
      Object.keys(
        toldTo(
          noteTold(known, 'ops', other, ms, () => false),
          'ops',
        ),
      )
    expect(knownAfter(30 * dayMs - 1)).toEqual(['web', 'db'])
    expect(knownAfter(30 * dayMs)).toEqual(['db'])
  })
})
