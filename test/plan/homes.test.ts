import { expect, test } from 'vitest'
import { anyHome, type PlanSource } from '../../shared/plan/homes.ts'
import { version } from '../quorum/words.ts'

const v1 = version('111111111111')

/** A home that counts how often it is asked, and is away while it is told to be. */
function home(name: string) {
  const state = { away: false, asked: 0 }
  async function answer<T>(value: T): Promise<T> {
    state.asked++
    if (state.away) throw new Error(`${name} is away`)
    return value
  }
  const source: PlanSource = {
    currentPlan: () => answer({ revision: 1, entries: [] }),
    document: (_, part) => answer(`${part} in ${name}`),
  }
  return { state, source }
}

test('plans come from the first home that answers, and the one that did is asked first from then on', async () => {
  const [first, second] = [home('first'), home('second')]
  const plans = anyHome([first.source, second.source])
  expect(await plans.document(v1, 'a')).toBe('a in first')
  expect(second.state.asked).toBe(0)

  first.state.away = true
  expect(await plans.document(v1, 'a')).toBe('a in second')
  expect(await plans.currentPlan()).toEqual({ revision: 1, entries: [] })
  expect(first.state.asked).toBe(2)

  first.state.away = false
  second.state.away = true
  expect(await plans.document(v1, 'b')).toBe('b in first')
})

test('where no home answers, it fails as the one did that was asked first', async () => {
  const homes = [home('first'), home('second')]
  for (const { state } of homes) state.away = true
  await expect(anyHome(homes.map(({ source }) => source)).currentPlan()).rejects.toThrow('first is away')
})
