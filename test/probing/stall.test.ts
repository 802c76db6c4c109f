import { expect, test } from 'vitest'
import type { Clock } from '../../shared/clock.ts'
import { watchStalls } from '../../shared/probing/stall.ts'
import { manualClock } from '../fixtures/clock.ts'

/** A clock whose timers can be delayed, like those of a stalled process. */
function stallableClock() {
  const clock = manualClock(0)
  let aheadMs = 0
  return {
    ...clock,
    monotonic: () => clock.monotonic() + aheadMs,
    timer: clock.timer,
    /** Lets time pass without firing any timer. */
    stall(ms: number) {
      aheadMs += ms
    },
  } satisfies Clock & ReturnType<typeof manualClock> & { stall(ms: number): void }
}

test('a process that runs is not stalled', () => {
  const clock = stallableClock()
  const watch = watchStalls(clock)
  clock.advance(10_000)
  expect(watch.totalMs()).toBe(0)
})

test('a stall counts from the moment it is there, before any timer has fired again', () => {
  const clock = stallableClock()
  const watch = watchStalls(clock)
  clock.stall(3000)
  expect(watch.totalMs()).toBe(2950)
})

test('stalls add up and are never counted twice', () => {
  const clock = stallableClock()
  const watch = watchStalls(clock)
  clock.advance(40)
  clock.stall(1000)
  clock.advance(60)
  expect(watch.totalMs()).toBe(1000)
  clock.stall(500)
  clock.advance(1000)
  expect(watch.totalMs()).toBe(1500)
})

test('what any busy machine does to a timer is no stall', () => {
  const clock = stallableClock()
  const watch = watchStalls(clock)
  for (let beat = 0; beat < 10; beat++) {
    clock.stall(25)
    clock.advance(50)
  }
  expect(watch.totalMs()).toBe(0)
})

test('a watch that was stopped leaves no timer', () => {
  const clock = stallableClock()
  const watch = watchStalls(clock)
  clock.advance(120)
  watch.stop()
  expect(clock.pending()).toBe(0)
})
