import { expect, test } from 'vitest'
import { anyHome, type PlanSource } from '../../shared/plan/homes.ts'
import { tick, version } from '../fixtures/words.ts'

const v1 = version('111111111111')

/** A home that counts requests; the test makes it unreachable (`away`) or without a plan (`empty`). */
function home(name: string) {
  const state = { away: false, empty: false, asked: 0 }
  async function answer<T>(value: T): Promise<T> {
    state.asked++
    if (state.away) throw new Error(`${name} is away`)
    return value
  }
  const source: PlanSource = {
    currentPlan: () => answer({ revision: 1, entries: state.empty ? [] : [{ version: v1, from: tick(0) }] }),
    document: (_, part) => answer(state.empty ? undefined : `${part} in ${name}`),
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
  expect(await plans.currentPlan()).toMatchObject({ entries: [{ version: v1 }] })
  expect(first.state.asked).toBe(2)

  first.state.away = false
  second.state.away = true
  expect(await plans.document(v1, 'b')).toBe('b in first')
})

test.each([['currentPlan'], ['document']] as const)(
  'a home that has no plan yet neither hides the %s of another nor is asked first from then on',
  async (what) => {
    const [first, second] = [home('first'), home('second')]
    const plans = anyHome([first.source, second.source])
    const read = () => (what === 'document' ? plans.document(v1, 'a') : plans.currentPlan())
    const found = await read()
    second.state.empty = true
    first.state.away = true
    await expect(read()).rejects.toThrow('first is away')
    first.state.away = false
    expect(await read()).toEqual(found)

    // Its only request was while the first was away.
    expect(second.state.asked).toBe(1)
  },
)

test('an apply that has reached the second home only is read there', async () => {
  const [first, second] = [home('first'), home('second')]
  first.state.empty = true
  const plans = anyHome([first.source, second.source])
  expect(await plans.document(v1, 'a')).toBe('a in second')
  expect(await plans.currentPlan()).toMatchObject({ entries: [{ version: v1 }] })
  expect(first.state.asked).toBe(1)
})

test('what no home has is absent, as long as all could be asked', async () => {
  const homes = [home('first'), home('second')]
  for (const { state } of homes) state.empty = true
  const plans = anyHome(homes.map(({ source }) => source))
  expect(await plans.document(v1, 'a')).toBeUndefined()
  expect(await plans.currentPlan()).toEqual({ revision: 1, entries: [] })
  homes[1]!.state.away = true
  await expect(plans.document(v1, 'a')).rejects.toThrow('second is away')
})

test('where no home answers, it fails as the one did that was asked first', async () => {
  const homes = [home('first'), home('second')]
  for (const { state } of homes) state.away = true
  await expect(anyHome(homes.map(({ source }) => source)).currentPlan()).rejects.toThrow('first is away')
})
