import { expect, test } from 'vitest'
import type { Tick } from '../../shared/check.ts'
import type { PlanEntry } from '../../shared/plan/plan.ts'
import type { PlanReader } from '../../shared/plan/reader.ts'
import { steadyPlans } from '../../shared/plan/steady.ts'

function home() {
  const told: string[] = []
  const state = { answer: (): Promise<readonly PlanEntry[]> => Promise.reject(new Error('down')) }
  const reader = { entries: () => state.answer() } as Partial<PlanReader> as PlanReader
  const plans = steadyPlans(reader, {
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
