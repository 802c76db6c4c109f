import { expect, test } from 'vitest'
import { onInterval } from '../../functions/dev/cloud/interval.ts'
import { manualClock } from '../fixtures/clock.ts'
import { hour } from '../fixtures/home.ts'

/** A manual clock whose wall time can be set without advancing the timers. */
function settableClock(startMs: number) {
  const clock = manualClock(startMs)
  let offsetMs = 0
  return {
    ...clock,
    now: () => clock.now() + offsetMs,
    setBy(ms: number) {
      offsetMs += ms
    },
  }
}

function start(startMs: number) {
  const clock = settableClock(startMs)
  const due: number[] = []
  const cancel = onInterval(clock, 60_000, (dueMs) => due.push(dueMs / 1000 - hour))
  return { clock, due, cancel }
}

test('it comes at each whole period, wherever in one it began', () => {
  const { clock, due } = start(hour * 1000 + 17_300)
  clock.advance(42_699)
  expect(due).toEqual([])
  clock.advance(1)
  expect(due).toEqual([60])
  clock.advance(120_000)
  expect(due).toEqual([60, 120, 180])
})

test('a machine that slept goes on with the present, not with what it missed', () => {
  const { clock, due } = start(hour * 1000)
  clock.advance(60_000)
  clock.setBy(8 * 3_600_000 + 20_000)
  clock.advance(60_000)
  expect(due).toEqual([60, 8 * 3600 + 120])
  clock.advance(39_999)
  expect(due).toHaveLength(2)
  clock.advance(1)
  expect(due.at(-1)).toBe(8 * 3600 + 180)
})

test('a clock that was set back is followed within a period', () => {
  const { clock, due } = start(hour * 1000)
  clock.advance(60_000)
  clock.setBy(-3_600_000)
  clock.advance(60_000)
  clock.advance(60_000)
  expect(due).toEqual([60, 120 - 3600, 180 - 3600])
})

test('a timer that is called a moment early means the period that begins', () => {
  const { clock, due } = start(hour * 1000)
  clock.setBy(-1)
  clock.advance(60_000)
  expect(due).toEqual([60])
  clock.advance(60_001)
  expect(due).toEqual([60, 120])
})

test('ended, it leaves nothing waiting', () => {
  const { clock, due, cancel } = start(hour * 1000)
  clock.advance(60_000)
  cancel()
  expect(clock.pending()).toBe(0)
  clock.advance(600_000)
  expect(due).toHaveLength(1)
})
