import { expect, test } from 'vitest'
import { createTicks } from '../../functions/dev/screen/ticks.ts'
import { ballot, check, on, voters } from './lines.ts'

test('a check may be called like what objects inherit, and is waited for like any other', () => {
  const ticks = createTicks([check('web'), check('constructor')], voters.slice(0, 1))
  ticks.add(ballot(0, 0, { web: on() }))
  expect(ticks.takeReady()).toEqual([])
  ticks.add(ballot(0, 0, { constructor: on() }))
  expect(ticks.takeReady()).toHaveLength(1)
})
