import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { keepSweeping } from '../../functions/dev/cloud/sweeping.ts'
import { manualClock } from '../fixtures/clock.ts'
import { hour } from '../fixtures/home.ts'

function start(sweep: () => Promise<void> = async () => {}) {
  const manual = manualClock(hour * 1000)
  let asleepMs = 0
  const clock = { ...manual, now: () => manual.now() + asleepMs }
  const done: string[] = []
  const failures: unknown[] = []
  const end = keepSweeping({
    clock,
    async sweep() {
      done.push('sweep')
      await sweep()
    },
    async wake() {
      done.push('wake')
    },
    invoke: (act) => void act().catch((error: unknown) => failures.push(error)),
  })
  return {
    done,
    failures,
    end,
    pending: manual.pending,
    async pass(ms: number) {
      manual.advance(ms)
      await setImmediate()
    },
    /** Simulates a sleeping machine: the wall clock advances, timers do not. */
    sleep(ms: number) {
      asleepMs += ms
    },
  }
}

test('it sweeps every other second', async () => {
  const { done, pass } = start()
  await pass(1_999)
  expect(done).toEqual([])
  await pass(1)
  await pass(2_000)
  expect(done).toEqual(['sweep', 'sweep'])
})

test('a sweep that takes long is not joined by another', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { done, pass } = start(() => promise)
  for (let second = 0; second < 60; second++) await pass(1_000)
  expect(done).toEqual(['sweep'])
  resolve()
  await pass(0)
  await pass(2_000)
  await pass(2_000)
  // The sweep itself took a minute; the machine was not asleep.
  expect(done).toEqual(['sweep', 'sweep', 'sweep'])
})

test('a sweep that fails is no reason to stop', async () => {
  const { done, failures, pass } = start(async () => {
    throw new Error('throttled')
  })
  await pass(2_000)
  await pass(2_000)
  expect(done).toEqual(['sweep', 'sweep'])
  expect(failures).toHaveLength(2)
})

test('a machine that slept wakes up before it sweeps', async () => {
  const { done, pass, sleep } = start()
  await pass(2_000)
  sleep(3_600_000)
  await pass(2_000)
  await pass(2_000)
  expect(done).toEqual(['sweep', 'wake', 'sweep', 'sweep'])
})

test('ended, it leaves nothing waiting', async () => {
  const { end, pending, pass, done } = start()
  await pass(2_000)
  end()
  expect(pending()).toBe(0)
  await pass(10_000)
  expect(done).toEqual(['sweep'])
})
