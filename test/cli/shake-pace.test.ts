import { expect, test } from 'vitest'
import { atPace } from '../../functions/cli/shake-pace.ts'
import { Lifetime } from '../../shared/lifetime.ts'

test('what is not begun yet is not even made, but for the next', async () => {
  let made = 0
  function* numbers() {
    for (;;) yield made++
  }
  const lifetime = new Lifetime()
  const begun: number[] = []
  const ends: (() => void)[] = []
  const begin = (item: number) => {
    begun.push(item)
    if (begun.length === 5) lifetime.end(new Error('enough'))
    return new Promise<void>((resolve) => ends.push(resolve))
  }
  const pacing = atPace(numbers(), { perSecond: 100_000, atOnce: 2 }, begin, lifetime)
  await expect.poll(() => begun).toEqual([0, 1])
  expect(made).toBe(3)
  ends.shift()!()
  await expect.poll(() => begun).toEqual([0, 1, 2])
  for (const end of ends.splice(0)) end()
  await expect.poll(() => begun).toEqual([0, 1, 2, 3, 4])
  await pacing
  expect(made).toBe(6)
})

test('it is over when the last has ended', async () => {
  const begun: number[] = []
  const begin = async (item: number) => void begun.push(item)
  await atPace([1, 2, 3], { perSecond: 1000, atOnce: 1 }, begin, new Lifetime())
  expect(begun).toEqual([1, 2, 3])
  await atPace([], { perSecond: 1000, atOnce: 1 }, begin, new Lifetime())
})
