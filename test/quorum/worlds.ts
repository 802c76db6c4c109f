import fc from 'fast-check'
import type { PlanVersion, Tick } from '../../shared/check.ts'
import type { Ballot } from '../../shared/quorum/ballot.ts'
import type { JudgedShard } from '../../shared/quorum/decide.ts'
import { closeTick, initialState, reconcile, type State } from '../../shared/quorum/state.ts'
import { shardId, tick } from '../fixtures/words.ts'
import { ballotOf, judged, newSteps, shardOf } from './shards.ts'

// Random shards over many ticks, with changing plans, slow and silent voters, repeated ballots, ballots under
// the wrong plan, and ballots from strangers.

export const interval = 60
const firstTick = 1_790_000_040
const names = ['web', 'db', 'mail', 'dns', 'cert']

export interface World {
  /** The plan in force at each tick, oldest first. */
  readonly plans: readonly JudgedShard[]
  /** Every ballot that arrives before its tick's deadline, duplicates included, in order of arrival. */
  readonly arrivals: readonly Ballot[]
}

export const tickOf = (index: number): Tick => tick(firstTick + index * interval)

const delay = fc.record({ down: fc.integer({ min: 1, max: 3 }), up: fc.integer({ min: 1, max: 3 }) })

function shard(version: string, voters: readonly string[]) {
  return fc
    .subarray(names)
    .chain((chosen) =>
      fc.tuple(
        ...chosen.map((name) =>
          fc.record({
            name: fc.constant(name),
            delay,
            confirmations: fc.integer({ min: 1, max: voters.length }),
          }),
        ),
      ),
    )
    .map((checks) =>
      shardOf(
        version,
        voters,
        checks.map(({ name, ...options }) => judged(name, options)),
      ),
    )
}

/** The plan in force at each tick: runs of a few ticks under one of up to three plans, which may return. */
function timeline(plans: readonly JudgedShard[]) {
  const run = fc.tuple(fc.constantFrom(...plans), fc.integer({ min: 1, max: 6 }))
  return fc
    .array(run, { minLength: 1, maxLength: 4 })
    .map((runs) => runs.flatMap(([plan, length]) => Array<JudgedShard>(length).fill(plan)))
}

/** Mostly one letter for all checks, as in real outages, so that streaks happen. */
const letters = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('ooooo', 'xxxxx', 'ddddd', 'ooooo') },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom('o', 'd', 'x', 'a'), maxLength: 5 }) },
)

const cast = fc.record({
  letters,
  silent: fc.integer({ max: 7, min: 0 }).map((draw) => draw === 0),
  otherPlan: fc.integer({ max: 11, min: 0 }).map((draw) => draw === 0),
  copies: fc.constantFrom(1, 1, 1, 2),
})

export const worlds: fc.Arbitrary<World> = fc
  .integer({ min: 1, max: 4 })
  .chain((count) => {
    const voters = ['a', 'b', 'c', 'd'].slice(0, count)
    return fc
      .tuple(shard('p1', voters), shard('p2', voters), shard('p3', voters))
      .chain((plans) => fc.record({ plans: timeline(plans), voters: fc.constant([...voters, 'stranger']) }))
  })
  .chain(({ plans, voters }) =>
    fc.record({
      plans: fc.constant(plans),
      arrivals: fc
        .array(fc.array(cast, { minLength: voters.length, maxLength: voters.length }), {
          minLength: plans.length,
          maxLength: plans.length,
        })
        .map((ticks) =>
          ticks.flatMap((casts, index) =>
            casts.flatMap(({ letters, silent, otherPlan, copies }, voter) => {
              const under = plans[index]!
              const plan = otherPlan ? 'p0' : under.version
              const text = letters.slice(0, under.checks.length)
              const ballot = ballotOf(under, tickOf(index), voters[voter]!, text, plan)
              return silent ? [] : Array<Ballot>(copies).fill(ballot)
            }),
          ),
        )
        .chain((ballots) => fc.shuffledSubarray(ballots, { minLength: ballots.length })),
    }),
  )

/** The result of running a world: every step and every state, in order. */
export interface ToldTransition {
  readonly steps: readonly string[]
  readonly states: readonly State[]
}

/** A shard that receives ballots and deadlines bit by bit and closes what it can, as evaluators do. */
export function evaluator({ plans }: Pick<World, 'plans'>) {
  const shard = shardId('60s-abcdef-1')
  let state = initialState(shard, plans[0]!, tickOf(0), interval)
  const states: State[] = [state]
  const steps: string[] = []
  const arrived: Ballot[] = []

  function move(next: State) {
    for (const step of newSteps(state, next)) {
      steps.push(`${step.tick} ${step.check} ${step.from}→${step.to} ${step.plan}`)
    }
    state = next
    states.push(next)
  }

  return {
    receive: (ballots: readonly Ballot[]) => arrived.push(...ballots),
    /** Closes ticks in order while it can; those up to the index `waitingIsOver` are past their deadline. */
    close(waitingIsOver = -1) {
      for (;;) {
        const index = (state.tick - firstTick) / interval + 1
        const plan = plans[index]
        if (plan === undefined) return
        const at = tickOf(index)
        if (plan.version !== state.plan) move(reconcile(state, planOf(plans, state.plan), plan, at))
        const ballots = arrived.filter((ballot) => ballot.tick === at)
        const closed = closeTick(state, plan, at, ballots, index <= waitingIsOver)
        if (closed === undefined) return
        move(closed)
      }
    },
    told: (): ToldTransition => ({ steps, states }),
  }
}

function planOf(plans: readonly JudgedShard[], version: PlanVersion): JudgedShard {
  return plans.find((plan) => plan.version === version)!
}
