import { expect, test } from 'vitest'
import { runsIn, simulate } from './program.ts'

test('two runs of a seed are the same to the last event, in one process and in two', async () => {
  const args = ['--seeds', '3', '--ticks', '40', '--json']
  const [first, second, later] = await Promise.all([
    simulate(['--seed', '3', ...args]),
    simulate(['--seed', '3', ...args]),
    // Plays the same seeds after others, with whatever those have left behind in the process.
    simulate(['--seed', '1', '--seeds', '5', '--ticks', '40', '--json']),
  ])
  expect(runsIn(second)).toEqual(runsIn(first))
  expect(runsIn(later).slice(2)).toEqual(runsIn(first))
  expect(new Set(runsIn(later).map(({ hash }) => hash)).size).toBe(5)
})
