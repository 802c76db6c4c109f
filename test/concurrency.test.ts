import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { mapConcurrently } from '../shared/concurrency.ts'

test('at most `limit` items run at a time, in order; outcomes keep that order, failures apart', async () => {
  const events: string[] = []
  const { done, failed } = await mapConcurrently(
    2,
    ['slow', 'bad', 'quick', 'worse', 'last'],
    async (item) => {
      events.push(`+${item}`)
      for (let turn = 0; turn < (item === 'slow' ? 5 : 1); turn++) await setImmediate()
      events.push(`-${item}`)
      if (item === 'bad' || item === 'worse') throw new Error(item)
      return item.length
    },
  )
  expect(events.slice(0, 4)).toEqual(['+slow', '+bad', '-bad', '+quick'])
  let now = 0
  const most = Math.max(...events.map((event) => (now += event.startsWith('+') ? 1 : -1)))
  expect(most).toBe(2)
  expect(done).toEqual([
    ['slow', 4],
    ['quick', 5],
    ['last', 4],
  ])
  expect(failed).toEqual([
    ['bad', new Error('bad')],
    ['worse', new Error('worse')],
  ])
})

test('no items give no outcomes', async () => {
  expect(await mapConcurrently(8, [], async () => 1)).toEqual({ done: [], failed: [] })
})
