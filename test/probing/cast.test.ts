import { expect, test } from 'vitest'
import { jitterMs } from '../../shared/probing/cast.ts'

test.each([
  ['a tenth of the grace', 2_000, 200],
  ['half a second where that is all that a Lambda should wait', 20_000, 500],
])('checks begin within %s', (_, graceMs, expected) => {
  expect(jitterMs(graceMs)).toBe(expected)
})
