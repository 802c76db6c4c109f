import { expect, test } from 'vitest'
import type { Tick } from '../../shared/check.ts'
import type { PlanEntry } from '../../shared/plan/plan.ts'
import type { PlanReader } from '../../shared/plan/reader.ts'
import { steadyPlans } from '../../shared/plan/steady.ts'
import { shardId, voter } from '../quorum/words.ts'

const [own, other] = [shardId('60s-own-1'), shardId('60s-other-1')]

/** A home whose answer is told; documents whose part is in `unreadable` cannot be read. */
function home() {
  const told: string[] = []
  const state = {
    answer: (): Promise<readonly PlanEntry[]> => Promise.reject(new Error('down')),
    unreadable: [] as string[],
    read: [] as string[],
  }
  async function read<T>(part: string, content: T): Promise<T> {
    state.read.push(part)
    if (state.unreadable.includes(part)) throw new Error(`${part} cannot be read`)
    return content
  }
  const shards = [
    { shard: own, voters: [voter('lab-1'), voter('lab-2')] },
    { shard: other, voters: [voter('lab-2')] },
  ]
  const reader = {
    entries: () => state.answer(),
    index: (version: string) => read(`${version}#index`, { version, shards }),
    shard: (version: string, shard: string) => read(`${version}#${shard}`, undefined),
  } as unknown as PlanReader
  const plans = steadyPlans(reader, voter('lab-1'), {
    onLost: (error) => told.push(`lost: ${(error as Error).message}`),
    onFound: () => told.push('found'),
  })
  return { plans, state, told }
}

const first = [{ version: 'a', from: 0 }] as unknown as readonly PlanEntry[]
const second = [...first, { version: 'b', from: 60 }] as unknown as readonly PlanEntry[]
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('while nothing is known an unreachable home is an error, told once', async () => {
  const { plans, told } = home()
  await expect(plans.entries()).rejects.toThrow('down')
  await expect(plans.entries()).rejects.toThrow('down')
  expect(told).toEqual(['lost: down'])
})

test('what is known goes on when the home is lost, and is replaced when it is back', async () => {
  const { plans, state, told } = home()
  state.answer = async () => first
  expect(await plans.entries()).toBe(first)
  state.answer = () => Promise.reject(new Error('gone'))
  for (let round = 0; round < 3; round++) {
    expect(await plans.entries()).toBe(first)
    await turn()
  }
  expect(told).toEqual(['lost: gone'])
  state.answer = async () => second
  await plans.entries()
  await turn()
  expect(await plans.entryAt(60 as Tick)).toBe(second[1])
  expect(told).toEqual(['lost: gone', 'found'])
})

test('a home that keeps silent holds nobody up, and is asked once at a time', async () => {
  const { plans, state } = home()
  state.answer = async () => first
  await plans.entries()
  let asked = 0
  state.answer = () => {
    asked++
    return new Promise(() => {})
  }
  for (let round = 0; round < 3; round++) expect(await plans.entries()).toBe(first)
  expect(asked).toBe(1)
})

test.each([['b#index'], [`b#${own}`]])(
  'a new plan without its %s does not stop the one in force',
  async (part) => {
    const { plans, state, told } = home()
    state.answer = async () => first
    await plans.entries()
    state.answer = async () => second
    state.unreadable = [part]
    for (let round = 0; round < 2; round++) {
      expect(await plans.entries()).toBe(first)
      await turn()
    }
    expect(told).toEqual([`lost: ${part} cannot be read`])

    state.unreadable = []
    await plans.entries()
    await turn()
    expect(await plans.entries()).toBe(second)
    expect(told).toEqual([`lost: ${part} cannot be read`, 'found'])
  },
)

test('a plan is read whole once, before its first tick, and only the shards of this voter', async () => {
  const { plans, state } = home()
  state.answer = async () => first
  await plans.entries()
  state.answer = async () => second
  for (let round = 0; round < 3; round++) {
    await plans.entries()
    await turn()
  }
  expect(state.read).toEqual(['a#index', `a#${own}`, 'b#index', `b#${own}`])
})
