import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDeadlines, stepMs } from '../../shared/raw/deadlines.ts'

const slots = 64

function expired(deadlines: ReturnType<typeof createDeadlines>, nowMs: number): number[] {
  const found: number[] = []
  deadlines.expire(nowMs, (slot) => found.push(slot))
  return found.sort((a, b) => a - b)
}

test('a slot is taken out once, never early and at most two steps late', () => {
  const deadlines = createDeadlines(slots)
  deadlines.add(3, 1000, 0)
  expect(expired(deadlines, 999)).toEqual([])
  expect(expired(deadlines, 1000 + 2 * stepMs)).toEqual([3])
  expect(expired(deadlines, 5000)).toEqual([])
  expect(deadlines.size).toBe(0)
})

test('a slot that was removed is not taken out, however often it is removed', () => {
  const deadlines = createDeadlines(slots)
  for (const slot of [1, 2, 3]) deadlines.add(slot, 100, 0)
  deadlines.remove(2)
  deadlines.remove(2)
  expect(deadlines.size).toBe(2)
  expect(expired(deadlines, 1000)).toEqual([1, 3])
})

test('what is removed by the end of another is not taken out', () => {
  const deadlines = createDeadlines(slots)
  deadlines.add(1, 100, 0)
  deadlines.add(2, 100, 0)
  const found: number[] = []
  deadlines.expire(1000, (slot) => {
    found.push(slot)
    deadlines.remove(slot === 1 ? 2 : 1)
  })
  expect(found).toHaveLength(1)
})

test('what is added by the end of another waits its own time', () => {
  const deadlines = createDeadlines(slots)
  deadlines.add(1, 100, 0)
  deadlines.expire(1000, (slot) => deadlines.add(slot, 1100, 1000))
  expect(deadlines.size).toBe(1)
  expect(expired(deadlines, 1099)).toEqual([])
  expect(expired(deadlines, 1200)).toEqual([1])
})

test('after a long sleep nothing is forgotten and nothing is early', () => {
  const deadlines = createDeadlines(slots)
  deadlines.add(1, 1000, 0)
  const hourMs = 3_600_000
  expect(expired(deadlines, hourMs)).toEqual([1])
  deadlines.add(2, 2 * hourMs + 60_000, 2 * hourMs)
  expect(expired(deadlines, 2 * hourMs + 59_999)).toEqual([])
  expect(expired(deadlines, 2 * hourMs + 60_100)).toEqual([2])
})

test('any order of adding, removing and waiting agrees with a plain list', () => {
  const action = fc.oneof(
    fc.record({ add: fc.nat(slots - 1), waitMs: fc.integer({ min: 0, max: 60_000 }) }),
    fc.record({ remove: fc.nat(slots - 1) }),
    fc.record({ advanceMs: fc.nat(70_000) }),
  )
  fc.assert(
    fc.property(fc.array(action, { maxLength: 100 }), (actions) => {
      const deadlines = createDeadlines(slots)
      const list = new Map<number, number>()
      let nowMs = 0
      for (const act of actions) {
        if ('add' in act) {
          deadlines.remove(act.add)
          deadlines.add(act.add, nowMs + act.waitMs, nowMs)
          list.set(act.add, nowMs + act.waitMs)
        } else if ('remove' in act) {
          deadlines.remove(act.remove)
          list.delete(act.remove)
        } else {
          nowMs += act.advanceMs
          for (const slot of expired(deadlines, nowMs)) {
            expect(list.get(slot)).toBeLessThanOrEqual(nowMs)
            list.delete(slot)
          }
          for (const atMs of list.values()) expect(atMs).toBeGreaterThan(nowMs - 2 * stepMs)
        }
        expect(deadlines.size).toBe(list.size)
      }
    }),
    { numRuns: 500 },
  )
})
