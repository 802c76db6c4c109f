import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unpackVote } from '../../shared/quorum/ballot.ts'
import { evaluator, type ToldTransition, tickOf, type World, worlds } from './worlds.ts'

// The same ballots must give the same transitions, in any order of arrival and at any time of evaluation.

/** Closes each tick at its deadline, one after the other. */
function patient(world: World): ToldTransition {
  const one = evaluator(world)
  world.plans.forEach((_, index) => {
    one.receive(world.arrivals.filter((ballot) => ballot.tick === tickOf(index)))
    one.close(index)
  })
  return one.told()
}

/** Evaluates after every single ballot; deadlines pass only at the end. */
function eager(world: World): ToldTransition {
  const one = evaluator(world)
  for (const ballot of world.arrivals) {
    one.receive([ballot])
    one.close()
  }
  one.close(world.plans.length)
  return one.told()
}

/** Evaluates for the first time after the last deadline. */
function burst(world: World): ToldTransition {
  const one = evaluator(world)
  one.receive(world.arrivals)
  one.close(world.plans.length)
  return one.told()
}

function rowsAtTheEnd({ states }: ToldTransition) {
  return Object.fromEntries(states.at(-1)!.rows)
}

describe('any shard over any ticks', () => {
  test('tells the same (check, tick, from, to) ballot by ballot, tick by tick and in one burst', () => {
    let steps = 0
    fc.assert(
      fc.property(worlds, (world) => {
        const reference = patient(world)
        steps += reference.steps.length
        for (const other of [eager(world), burst(world)]) {
          expect(other.steps).toEqual(reference.steps)
          expect(rowsAtTheEnd(other)).toEqual(rowsAtTheEnd(reference))
        }
      }),
      { numRuns: 400 },
    )
    expect(steps).toBeGreaterThan(400)
  })

  test('whatever the order in which ballots arrive', () => {
    const shuffled = worlds.chain((world) =>
      fc
        .shuffledSubarray([...world.arrivals], { minLength: world.arrivals.length })
        .map((arrivals) => [world, { ...world, arrivals }] as const),
    )
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(eager(other).steps).toEqual(eager(one).steps)
        expect(burst(other).states.at(-1)!.seen).toEqual(burst(one).states.at(-1)!.seen)
      }),
      { numRuns: 200 },
    )
  })

  test('never changes a status at a tick of which no ballot arrived', () => {
    const silent = fc.tuple(worlds, fc.nat(20))
    fc.assert(
      fc.property(silent, ([world, from]) => {
        const told = patient({
          ...world,
          arrivals: world.arrivals.filter(({ tick }) => tick < tickOf(from)),
        })
        const late = told.steps.filter((step) => Number.parseInt(step, 10) >= tickOf(from))
        expect(late.filter((step) => !step.includes('→removed'))).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  test('flips nothing while fewer voters speak than have to agree', () => {
    const muted = fc.tuple(worlds, fc.nat(3))
    fc.assert(
      fc.property(muted, ([world, speaking]) => {
        const voters = ['a', 'b', 'c', 'd'].slice(0, speaking)
        const told = patient({
          ...world,
          arrivals: world.arrivals.filter(({ voter }) => voters.includes(voter)),
        })
        for (const step of told.steps.filter((one) => !one.includes('→removed'))) {
          const [at, name] = step.split(' ')
          const plan = world.plans[(Number(at) - tickOf(0)) / 60]!
          const { confirmations } = plan.checks.find((check) => check.name === name)!
          expect(confirmations).toBeLessThanOrEqual(speaking)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('a status changes only at a tick whose votes say so themselves', () => {
    const saying = {
      offline: ['offline'],
      degraded: ['offline', 'slow', 'online'],
      online: ['online', 'slow'],
    }
    fc.assert(
      fc.property(worlds, (world) => {
        for (const step of patient(world).steps) {
          const [at, name, change] = step.split(' ') as [string, string, string]
          const to = change.split('→')[1] as keyof typeof saying | 'removed'
          if (to === 'removed') continue
          const plan = world.plans[(Number(at) - tickOf(0)) / 60]!
          const index = plan.checks.findIndex((check) => check.name === name)
          const heard = new Map(
            world.arrivals
              .filter(({ tick, voter }) => tick === Number(at) && plan.voters.includes(voter))
              .map((ballot) => [ballot.voter, unpackVote(ballot, index, plan.checks[index]!, plan.version)]),
          )
          const agreeing = [...heard.values()].filter(({ vote }) => saying[to].includes(vote)).length
          expect(agreeing).toBeGreaterThanOrEqual(plan.checks[index]!.confirmations)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('keeps an outbox in order: seq rises by one for each step, one entry for each check, due while it holds any', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { states, steps } = eager(world)
        expect(states.at(-1)!.seq).toBe(steps.length)
        let seen = 0
        for (const { seq, outbox, due, tick } of states) {
          expect(seq).toBeGreaterThanOrEqual(seen)
          seen = seq
          expect(outbox.at(-1)?.seq ?? 0).toBeLessThanOrEqual(seq)
          expect(outbox.map((entry) => entry.seq)).toEqual(
            [...new Set(outbox.map((entry) => entry.seq))].sort((a, b) => a - b),
          )
          expect(new Set(outbox.map((entry) => entry.check)).size).toBe(outbox.length)
          expect(due > 0).toBe(outbox.length > 0)
          expect(due).toBeLessThanOrEqual(tick)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('gives each transition of a check an instant of its own', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const instants = patient(world).steps.map((step) => step.split(' ').slice(0, 2).join(' '))
        expect(instants).toEqual([...new Set(instants)])
      }),
      { numRuns: 400 },
    )
  })
})
