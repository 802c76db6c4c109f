import { expect, test } from 'vitest'
import type { Tick } from '../../shared/check.ts'
import { lastKnownPlans } from '../../shared/plan/last-known-plans.ts'
import type { PlanEntry } from '../../shared/plan/plan.ts'
import type { PlanReader } from '../../shared/plan/reader.ts'
import { manualClock } from '../fixtures/clock.ts'
import { shardId, voter } from '../fixtures/words.ts'

const [own, other] = [shardId('60s-own-1'), shardId('60s-other-1')]

/** A home whose documents in `unreadable` cannot be read and whose documents in `absent` are missing. */
function home() {
  const clock = manualClock(0)
  const told: string[] = []
  const state = {
    answer: (): Promise<readonly PlanEntry[]> => Promise.reject(new Error('down')),
    unreadable: [] as string[],
    absent: [] as string[],
    read: [] as string[],
  }
  async function read<T>(part: string, content: T): Promise<T | undefined> {
    state.read.push(part)
    if (state.unreadable.includes(part)) throw new Error(`${part} cannot be read`)
    return state.absent.includes(part) ? undefined : content
  }
  const shards = [
    { shard: own, voters: [voter('lab-1'), voter('lab-2')] },
    { shard: other, voters: [voter('lab-2')] },
  ]
  const reader = {
    entries: () => state.answer(),
    index: (version: string) => read(`${version}#index`, { version, shards }),
    shard: (version: string, shard: string) => read(`${version}#${shard}`, { version, shard }),
  } as unknown as PlanReader
  const plans = lastKnownPlans(reader, voter('lab-1'), clock, {
    onLost: (error) => told.push(`lost: ${(error as Error).message}`),
    onFound: () => told.push('found'),
  })
  return { plans, clock, state, told }
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
  expect(await plans.entries()).toEqual(first)
  state.answer = () => Promise.reject(new Error('gone'))
  for (let round = 0; round < 3; round++) {
    expect(await plans.entries()).toEqual(first)
    await turn()
  }
  expect(told).toEqual(['lost: gone'])
  state.answer = async () => second
  await plans.entries()
  await turn()
  expect(await plans.entryAt(60 as Tick)).toEqual(second[1])
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
  for (let round = 0; round < 3; round++) expect(await plans.entries()).toEqual(first)
  expect(asked).toBe(1)
})

/** Expects that an unreadable part of the second plan was reported, and that the plan is used once it is readable. */
async function expectMended({ plans, state, told }: ReturnType<typeof home>, part: string) {
  expect(told).toEqual([`lost: ${part} cannot be read`])
  state.unreadable = []
  await plans.entries()
  await turn()
  expect(await plans.entries()).toEqual(second)
  expect(told).toEqual([`lost: ${part} cannot be read`, 'found'])
}

test.each([['b#index'], [`b#${own}`]])(
  'a new plan without its %s does not stop the one in force',
  async (part) => {
    const rig = home()
    const { plans, state } = rig
    state.answer = async () => first
    await plans.entries()
    state.answer = async () => second
    state.unreadable = [part]
    for (let round = 0; round < 2; round++) {
      expect(await plans.entries()).toEqual(first)
      await turn()
    }
    await expectMended(rig, part)
  },
)

test.each([['b#index'], [`b#${own}`]])(
  'nor does it after a restart, when nothing is known: without %s the one in force is taken',
  async (part) => {
    const rig = home()
    const { plans, state } = rig
    state.answer = async () => second
    state.unreadable = [part]
    expect(await plans.entries()).toEqual(first)
    await expectMended(rig, part)
  },
)

test('a document that is not there is no better than one that cannot be read', async () => {
  const { plans, state, told } = home()
  state.answer = async () => second
  state.absent = [`b#${own}`]
  expect(await plans.entries()).toEqual(first)
  expect(told).toEqual([`lost: the plan b is announced but its shard ${own} is not in the table`])
})

test.each([
  ['the one in force', second, 60, 'b#index'],
  ['the first, which is yet to come', second.slice(1), 0, 'b#index'],
])('%s must be among those that are known', async (_, announced, nowSeconds, part) => {
  const { plans, clock, state, told } = home()
  clock.advance(nowSeconds * 1000)
  state.answer = async () => announced
  state.unreadable = [part]
  await expect(plans.entries()).rejects.toThrow(`${part} cannot be read`)
  expect(told).toEqual([`lost: ${part} cannot be read`])
})

test('one that was replaced long ago may be unreadable', async () => {
  const { plans, clock, state, told } = home()
  clock.advance(60_000)
  state.answer = async () => second
  state.unreadable = ['a#index']
  expect(await plans.entries()).toEqual(second.slice(1))
  expect(told).toEqual(['lost: a#index cannot be read'])
})

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
