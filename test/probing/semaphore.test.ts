import { expect, test } from 'vitest'
import { createSemaphore, type Permit, type Semaphore } from '../../shared/probing/semaphore.ts'
import { manualClock } from '../fixtures/clock.ts'

const heldMs = 100

/** Acquires a permit for each name; granted permits are added to the returned map. */
function queueUp(places: Semaphore, ...names: string[]) {
  const got = new Map<string, Permit>()
  for (const name of names) void places.acquire().then((place) => got.set(name, place))
  return got
}

/** Runs pending promises while the clock stands still. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

test('there are as many places as there are, and they go in the order of asking', async () => {
  const places = createSemaphore(manualClock(0), 2, heldMs)
  const got = queueUp(places, 'a', 'b', 'c', 'd')
  await settle()
  expect([...got.keys()]).toEqual(['a', 'b'])
  places.release(got.get('b')!)
  await settle()
  expect([...got.keys()]).toEqual(['a', 'b', 'c'])
})

test('a place is free again when it was left and nobody waited', async () => {
  const places = createSemaphore(manualClock(0), 1, heldMs)
  const first = await places.acquire()
  places.release(first)
  const got = queueUp(places, 'a', 'b')
  await settle()
  expect([...got.keys()]).toEqual(['a'])
})

test('a place that is held too long goes to the next, and cannot be left any more', async () => {
  const clock = manualClock(0)
  const places = createSemaphore(clock, 1, heldMs)
  const got = queueUp(places, 'a', 'b', 'c')
  clock.advance(99)
  await settle()
  expect([...got.keys()]).toEqual(['a'])
  clock.advance(1)
  await settle()
  expect([...got.keys()]).toEqual(['a', 'b'])
  places.release(got.get('a')!)
  await settle()
  expect([...got.keys()]).toEqual(['a', 'b'])
})

test('each has its own time, counted from when the place was taken', async () => {
  const clock = manualClock(0)
  const places = createSemaphore(clock, 2, heldMs)
  await places.acquire()
  clock.advance(60)
  await places.acquire()
  const got = queueUp(places, 'a', 'b', 'c')
  clock.advance(40)
  await settle()
  expect([...got.keys()]).toEqual(['a'])
  clock.advance(60)
  await settle()
  expect([...got.keys()]).toEqual(['a', 'b'])
  clock.advance(40)
  await settle()
  expect([...got.keys()]).toEqual(['a', 'b', 'c'])
})

test('one timer does for all, and none is left', async () => {
  const clock = manualClock(0)
  const places = createSemaphore(clock, 50, heldMs)
  for (let count = 0; count < 50; count++) await places.acquire()
  expect(clock.pending()).toBe(1)
  places.stop()
  expect(clock.pending()).toBe(0)

  const others = createSemaphore(clock, 2, heldMs)
  others.release(await others.acquire())
  clock.advance(heldMs)
  expect(clock.pending()).toBe(0)
  await others.acquire()
  expect(clock.pending()).toBe(1)
  others.stop()
})
