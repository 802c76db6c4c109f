import { describe, expect, test } from 'vitest'
import { plantedBugs, seedsFrom, ticks } from './planted.ts'
import { runsIn, simulate } from './program.ts'

// The simulator is itself tested: bugs are planted into the code that it plays, each of a kind that somebody could
// make. One that is not found says that an oracle or a fault is missing.

const play = (seeds: number, without: readonly string[]) => [
  ...['--seed', `${seedsFrom}`, '--seeds', `${seeds}`, '--ticks', `${ticks}`],
  ...['--without', without.join(), '--json'],
]

describe('a planted bug is found', () => {
  test.each(plantedBugs)('$name: within $seeds seeds', async ({ seeds, without = ['move'], ...planted }) => {
    const outcome = await simulate(play(seeds, without), { planted })
    expect(outcome).toMatchObject({ code: 1, stderr: '' })
    const failed = runsIn(outcome).at(-1)!
    expect(failed.breaches).not.toEqual([])
  })
})

test('without one, nothing is found in as many seeds', async () => {
  const most = Math.max(...plantedBugs.map(({ seeds }) => seeds))
  const outcome = await simulate(play(most, []))
  expect(runsIn(outcome).filter(({ breaches }) => breaches.length > 0)).toEqual([])
  expect(outcome).toMatchObject({ code: 0, stderr: '' })
  expect(runsIn(outcome)).toHaveLength(most)
})

describe('a patch that has rotted is heard', () => {
  const [{ file, text, replacement }] = plantedBugs as [(typeof plantedBugs)[number]]

  test.each([
    ['does not occur', { file, text: 'no such text', replacement }, 'occurs 0 times, must be once'],
    ['occurs twice', { file, text: 'confirmations', replacement }, 'times, must be once'],
    ['stands in a file that nothing loads', { file: 'cdk/app.ts', text, replacement }, 'was never loaded'],
  ])('its text %s', async (_, planted, sentence) => {
    const outcome = await simulate(['--seed', '1', '--ticks', '1'], { planted })
    expect(outcome.code).toBe(70)
    expect(outcome.stderr).toContain(sentence)
  })
})
