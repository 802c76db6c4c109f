import { describe, expect, test } from 'vitest'
import { closeTick, initialState, reconcile, type State, seenAt, skipTo } from '../../shared/quorum/state.ts'
import { check, shardId, tick, voter } from '../fixtures/words.ts'
import { ballotOf, judged, newSteps, shardOf } from './shards.ts'

const t0 = 1_790_000_040
const id = shardId('60s-abcdef-1')
const voters = ['a', 'b', 'c']
const once = { delay: { down: 1, up: 1 } }
const shard = shardOf('p1', voters, [judged('web', once), judged('db', once)])

/** The state after one more tick, a minute later, with these votes (as letters) of a, b and c. */
function minuteLater(state: State, letters: readonly string[], under = shard): State {
  const at = tick(state.tick + 60)
  const ballots = letters.map((each, index) => ballotOf(under, at, voters[index]!, each))
  return closeTick(state, under, at, ballots, true)!
}

const fresh = initialState(id, shard, tick(t0), 60)
const allOnline = minuteLater(fresh, ['oo', 'oo', 'oo'])

describe('a shard before its first tick', () => {
  test('has every check pending and nobody held to be silent', () => {
    expect(fresh).toMatchObject({ revision: 0, tick: t0 - 60, plan: 'p1', seq: 0, outbox: [], due: 0 })
    expect([...fresh.rows.values()].map((row) => row.status)).toEqual(['pending', 'pending'])
    expect([...fresh.seen]).toEqual(voters.map((name) => [name, t0 - 60]))
  })

  test('records the first online of each check, in the order of the plan', () => {
    expect(
      newSteps(fresh, allOnline).map(({ check: name, from, to, since }) => ({ name, from, to, since })),
    ).toEqual([
      { name: 'web', from: 'pending', to: 'online', since: t0 - 60 },
      { name: 'db', from: 'pending', to: 'online', since: t0 - 60 },
    ])
    expect(allOnline.rows.size).toBe(0)
    expect([allOnline.seq, allOnline.due, allOnline.tick]).toEqual([2, t0, t0])
  })
})

describe('closing a tick', () => {
  const told: State = { ...allOnline, outbox: [], due: 0 }

  test('is refused while one check is open, and changes nothing', () => {
    const at = tick(t0 + 60)
    expect(closeTick(told, shard, at, [ballotOf(shard, at, 'a', 'xo')], false)).toBeUndefined()
  })

  test('due is the tick at which the outbox began to hold something, not the latest', () => {
    const down = minuteLater(told, ['xo', 'xo', 'xo'])
    const up = minuteLater(down, ['ox', 'ox', 'ox'])
    expect([down.due, up.due]).toEqual([t0 + 60, t0 + 60])
    expect(up.outbox.map(({ check: name, from, to, seq }) => ({ name, from, to, seq }))).toEqual([
      { name: 'web', from: 'online', to: 'online', seq: 4 },
      { name: 'db', from: 'online', to: 'offline', seq: 5 },
    ])
  })

  test('nothing is due while nothing has changed', () => {
    expect(minuteLater(told, ['oo', 'oo', 'oo'])).toMatchObject({ due: 0, outbox: [], seq: told.seq })
  })

  test('notes who was heard, and no stranger', () => {
    const at = tick(t0 + 60)
    const ballots = ['a', 'stranger'].map((name) => ballotOf(shard, at, name, 'oo'))
    const { seen } = closeTick(told, shard, at, ballots, true)!
    expect(Object.fromEntries(seen)).toEqual({ a: t0 + 60, b: t0, c: t0 })
  })

  test('silence of all flips nothing, however long', () => {
    let state = minuteLater(told, ['xo', 'xo', 'xo'])
    for (let ticks = 0; ticks < 50; ticks++) state = minuteLater(state, [])
    expect(state.seq).toBe(told.seq + 1)
    expect(state.rows.get(check('web'))).toMatchObject({ status: 'offline', since: t0 + 60, blind: 50 })
    expect(state.rows.get(check('db'))).toMatchObject({ status: 'online', blind: 50 })
  })
})

describe('who was heard of', () => {
  test('without ballots the very same map is returned', () => {
    expect(seenAt(fresh.seen, tick(t0), [])).toBe(fresh.seen)
  })
})

describe('a shard under another plan', () => {
  const down = minuteLater({ ...allOnline, outbox: [], due: 0 }, ['xo', 'xo', 'xo'])
  const later = minuteLater(down, ['xo', 'xo', 'xo'])
  const takesOver = (state: State) => tick(state.tick + 60)

  test('a check that stays keeps its row and its streak', () => {
    const next = shardOf('p2', voters, [judged('db'), judged('web')])
    const state = reconcile(down, shard, next, takesOver(down))
    expect(state.rows.get(check('web'))).toEqual(down.rows.get(check('web')))
    expect([state.plan, state.seq, state.tick]).toEqual(['p2', down.seq, down.tick])
  })

  test('a check that is plainly online has no row before and none after', () => {
    const next = shardOf('p2', voters, ['db', 'web'])
    expect(reconcile(allOnline, shard, next, takesOver(allOnline)).rows.size).toBe(0)
  })

  test('a check that is new begins pending', () => {
    const next = shardOf('p2', voters, ['web', 'db', 'mail'])
    const { rows } = reconcile(allOnline, shard, next, takesOver(allOnline))
    expect([...rows.keys()]).toEqual(['mail'])
    expect(rows.get(check('mail'))).toMatchObject({ status: 'pending', since: t0 })
  })

  test('a check that was online leaves without a word', () => {
    const next = shardOf('p2', voters, ['db'])
    const state = reconcile(allOnline, shard, next, takesOver(allOnline))
    expect(newSteps(allOnline, state)).toEqual([])
  })

  test('a check that was not online ends with a step that the old plan explains', () => {
    const state = reconcile(later, shard, shardOf('p2', voters, ['db']), takesOver(later))
    expect(newSteps(later, state)).toEqual([
      { check: 'web', from: 'offline', to: 'removed', tick: t0 + 180, plan: 'p1', since: t0 + 60 },
    ])
    expect(state.rows.has(check('web'))).toBe(false)
    expect(state.seq).toBe(later.seq + 1)
  })

  test('a check that changed at the last tick of the old plan is removed at the next: one id, one transition', () => {
    const state = reconcile(down, shard, shardOf('p2', voters, ['db']), takesOver(down))
    expect(newSteps(down, state)).toEqual([
      { check: 'web', from: 'offline', to: 'removed', tick: t0 + 120, plan: 'p1', since: t0 + 60 },
    ])
  })

  test('a check that was removed and comes back begins pending and can go down again', () => {
    const gone = reconcile(down, shard, shardOf('p2', voters, ['db']), takesOver(down))
    const between = closeTick(gone, shardOf('p2', voters, ['db']), tick(gone.tick + 60), [], true)!
    const back = shardOf('p3', voters, [judged('web', once), judged('db', once)])
    const state = reconcile(between, shardOf('p2', voters, ['db']), back, takesOver(between))
    expect(state.rows.get(check('web'))!.status).toBe('pending')
    const again = minuteLater(state, ['xo', 'xo', 'xo'], back)
    expect(newSteps(state, again)).toMatchObject([{ check: 'web', from: 'pending', to: 'offline' }])
  })

  test('a voter that is new counts as heard, one that left is forgotten, one that stays keeps its date', () => {
    const next = shardOf('p2', ['b', 'd'], ['web', 'db'])
    const silentB = { ...down, seen: new Map(down.seen).set(voter('b'), tick(t0 - 600)) }
    const { seen } = reconcile(silentB, shard, next, takesOver(down))
    expect(Object.fromEntries(seen)).toEqual({ b: t0 - 600, d: t0 + 60 })
  })
})

describe('ticks that were never scheduled', () => {
  const two = shardOf('p1', voters, [judged('web'), judged('db')])
  const calm: State = { ...initialState(id, two, tick(t0), 60), rows: new Map() }

  test('leave the statuses and break the streaks', () => {
    const once = minuteLater(calm, ['xo', 'xo', 'xo'], two)
    const skipped = skipTo(once, tick(t0 + 6000))
    expect(skipped.rows.size).toBe(0)
    const again = minuteLater(skipped, ['xo', 'xo', 'xo'], two)
    expect(newSteps(skipped, again)).toEqual([])
    expect(newSteps(again, minuteLater(again, ['xo', 'xo', 'xo'], two))).toMatchObject([{ to: 'offline' }])
  })

  test('a streak goes on across as few of them as across blind ones', () => {
    const once = minuteLater(calm, ['xo', 'xo', 'xo'], two)
    for (const { skipped, flips } of [
      { skipped: 1, flips: 1 },
      { skipped: 2, flips: 1 },
      { skipped: 3, flips: 0 },
    ]) {
      const resumed = skipTo(once, tick(once.tick + 60 * skipped), two)
      expect(resumed.rows.get(check('web'))?.blind ?? 0).toBe(0)
      expect(newSteps(resumed, minuteLater(resumed, ['xo', 'xo', 'xo'], two))).toHaveLength(flips)
    }
  })

  test('a check that is down stays down, since when it was', () => {
    const down = minuteLater(minuteLater(calm, ['xo', 'xo', 'xo'], two), ['xo', 'xo', 'xo'], two)
    const { rows, outbox, tick: at } = skipTo(down, tick(t0 + 6000))
    expect(rows.get(check('web'))).toMatchObject({ status: 'offline', since: t0 + 60, offline: 0, blind: 0 })
    expect(outbox).toEqual(down.outbox)
    expect(at).toBe(t0 + 6000)
  })

  test('nobody is held to be silent for them', () => {
    expect([...skipTo(calm, tick(t0 + 6000)).seen.values()]).toEqual([t0 + 6000, t0 + 6000, t0 + 6000])
  })
})
