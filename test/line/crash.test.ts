import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, startDatabase } from '../../functions/dev/database.ts'
import type { Alert } from '../../shared/check.ts'
import type { PlannedCheck } from '../../shared/plan/plan.ts'
import { planned, shardPlan } from '../quorum/home.ts'
import { judged } from '../quorum/shards.ts'
import { contact, shardId } from '../quorum/words.ts'
import { createFuse, type Mishap } from './fuse.ts'
import { type Outcome, partitionOf, play, type Scenario, type Told } from './world.ts'

let database: Database
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.close())

const voters = ['a', 'b']
const id = shardId('600s-abcdef-1')

/** A check that changes with every verdict, and who hears of what: `{ ops: 'all', hook: ['offline'] }`. */
function checkOf(name: string, alerts: Readonly<Record<string, 'all' | Alert['on']>>): PlannedCheck {
  return {
    ...planned(judged(name, { delay: { down: 1, up: 1 } })),
    alerts: Object.entries(alerts).map(([to, on]) => ({
      contact: contact(to),
      on: on === 'all' ? ['offline', 'degraded', 'online'] : on,
    })),
  }
}

const planOf = (version: string, ...checks: PlannedCheck[]) => [shardPlan(version, id, voters, checks)]
const outage = Object.assign(new Error('connect ECONNREFUSED'), { name: 'Error' })
const gone = Object.assign(new Error('Topic does not exist'), { name: 'NotFoundException' })

const scenarios: Readonly<Record<string, Scenario>> = {
  'one check goes down and comes back': {
    plans: [{ from: 0, shards: planOf('p1', checkOf('web', { ops: 'all', hook: ['offline'] })) }],
    ticks: ['o', 'x', 'o'],
  },
  'several checks change at different ticks, for contacts that want to hear of different things': {
    plans: [
      {
        from: 0,
        shards: planOf(
          'p1',
          checkOf('web', { ops: 'all', hook: ['offline'] }),
          checkOf('db', { ops: 'all' }),
          checkOf('mail', { hook: 'all', boss: ['degraded', 'offline'] }),
        ),
      },
    ],
    ticks: ['xod', 'xxx', 'oxo'],
  },
  'a check goes down, comes back and goes down again while a contact cannot be reached': {
    plans: [{ from: 0, shards: planOf('p1', checkOf('web', { hook: 'all', ops: 'all' })) }],
    ticks: ['x', 'o', 'x'],
    refuse: (to, tick) => (to === 'hook' && tick < 2 ? outage : undefined),
  },
  'a check is removed while it is offline': {
    plans: [
      { from: 0, shards: planOf('p1', checkOf('web', { ops: 'all' }), checkOf('db', { ops: 'all' })) },
      { from: 1, shards: planOf('p2', checkOf('web', { ops: 'all' })) },
    ],
    ticks: ['ox', 'x'],
  },
  'another plan comes in between, with another contact and another check': {
    plans: [
      { from: 0, shards: planOf('p1', checkOf('web', { ops: 'all' })) },
      { from: 1, shards: planOf('p2', checkOf('api', { ops: 'all' }), checkOf('web', { hook: 'all' })) },
    ],
    ticks: ['x', 'xo', 'ox'],
  },
  'a topic is gone for a while, of which the operators hear': {
    plans: [{ from: 0, shards: planOf('p1', checkOf('web', { hook: 'all', ops: 'all' })) }],
    operators: 'boss',
    ticks: ['x', 'x', 'o'],
    refuse: (to, tick) => (to === 'hook' && tick < 2 ? gone : undefined),
  },
}

const key = ({ contact, alertId }: Told) => `${contact} ${alertId}`

/** What was told, without repeats; a repeat must say the very same. */
function withoutRepeats(told: readonly Told[]): readonly Told[] {
  const first = new Map<string, Told>()
  for (const one of told) {
    if (first.has(key(one))) expect(one).toEqual(first.get(key(one)))
    else first.set(key(one), one)
  }
  return [...first.values()]
}

function byContact(told: readonly Told[]) {
  return Object.fromEntries(
    Object.entries(Object.groupBy(withoutRepeats(told), (one) => one.contact)).map(([name, all]) => [
      name,
      all!.map(({ check, from, to, tick }) => `${tick} ${check} ${from}→${to}`),
    ]),
  )
}

/** Whatever a contact hears of a check, it never hears anything older afterwards. */
function expectOrder(told: readonly Told[]): void {
  const newest = new Map<string, number>()
  for (const { contact, check, tick } of told) {
    expect(tick).toBeGreaterThanOrEqual(newest.get(`${contact} ${check}`) ?? 0)
    newest.set(`${contact} ${check}`, tick)
  }
}

function expectSame(outcome: Outcome, undisturbed: Outcome): void {
  expectOrder(outcome.told)
  expect(byContact(outcome.told)).toEqual(byContact(undisturbed.told))
  expect(new Set(outcome.notices)).toEqual(new Set(undisturbed.notices))
  expect(outcome.events).toEqual(undisturbed.events)
  expect(outcome.statuses).toEqual(undisturbed.statuses)
  expect(outcome.left).toEqual([])
  // One mishap repeats one publish at most.
  expect(outcome.publishes).toBeLessThanOrEqual(undisturbed.publishes + 1)
}

/** More than any of the scenarios takes. */
const maxOperations = 200

describe.for(Object.entries(scenarios))('%s', ([_, scenario]) => {
  let undisturbed: Outcome
  beforeAll(async () => {
    undisturbed = await play(
      scenario,
      partitionOf(database.client),
      createFuse(maxOperations, 'stopped before'),
    )
    expect(undisturbed.left).toEqual([])
  })

  // To be stopped before a write is to be stopped after the one before it: only at the first it is not.
  const mishaps: readonly Mishap[] = ['stopped after', 'unanswered']
  test.for(mishaps)('%s any write or publish: nothing is lost, nothing out of order', async (mishap) => {
    let reached = 0
    for (let at = 1; at < maxOperations; at++) {
      const fuse = createFuse(at, mishap)
      const outcome = await play(scenario, partitionOf(database.client), fuse)
      if (!fuse.isBlown) break
      reached = at
      try {
        expectSame(outcome, undisturbed)
      } catch (error) {
        const past = fuse.operations.slice(0, at).join(', ')
        throw new Error(`${mishap} operation ${at} (${past}): ${(error as Error).message}`, { cause: error })
      }
    }
    expect(reached).toBeGreaterThan(12)
    expect(reached).toBeLessThan(maxOperations - 1)
  })

  test('stopped before the first write', async () => {
    const outcome = await play(scenario, partitionOf(database.client), createFuse(1, 'stopped before'))
    expectSame(outcome, undisturbed)
  })
})
