import { describe, expect, test } from 'vitest'
import { matches } from '../../shared/probers/pattern.ts'

describe('a pattern over a hostile text', () => {
  test.each([
    ['nested repetition', '^(a+)+$', `${'a'.repeat(40)}b`],
    ['many wildcards', '.*.*.*.*z', 'ab'.repeat(100_000)],
  ])('%s is stopped, and the event loop goes on', (_, pattern, text) => {
    const startMs = performance.now()
    expect(() => matches(pattern, text)).toThrow(
      `the pattern /${pattern}/ took longer than 250 ms to match; write a simpler one`,
    )
    // Without the timeout, this match would run for hours.
    expect(performance.now() - startMs).toBeLessThan(10_000)
    expect(matches('^b', 'b')).toBe(true)
  })

  test('a pattern keeps no position between two texts', () => {
    expect([1, 2, 3].map(() => matches('b', 'ab'))).toEqual([true, true, true])
  })
})
