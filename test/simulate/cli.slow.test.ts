import { expect, test } from 'vitest'
import { plantedBugs } from './planted.ts'
import { runsIn, simulate } from './program.ts'

test.each([
  [['--seed', '-1'], '--seed is "-1", must be a whole number, 0 to 9007199254740991'],
  [
    ['--seed', '9007199254740992'],
    '--seed is "9007199254740992", must be a whole number, 0 to 9007199254740991',
  ],
  [['--seed', '1.5'], '--seed is "1.5", must be a whole number, 0 to 9007199254740991'],
  [['--ticks', '0'], '--ticks is "0", must be a whole number, 1 to 1000000'],
  [['--ticks', '1000001'], '--ticks is "1000001", must be a whole number, 1 to 1000000'],
  [['--seconds', '0'], '--seconds is "0", must be a whole number, 1 to 86400'],
  [['--without', 'rain'], '--without names "rain", which is no fault'],
])('%j is a usage error', async ([option, value], message) => {
  const { code, stdout, stderr } = await simulate([`${option}=${value}`])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr.startsWith(`${message}\n\nnpm run simulate -- [options]\n`)).toBe(true)
})

test('Ctrl-C prints what was played so far', async () => {
  const { code, stdout } = await simulate(['--seed', '1', '--seconds', '60', '--without', 'move'], {
    interruptAfterMs: 4_000,
  })
  expect(code).toBe(130)
  expect(stdout).toMatch(
    /^\d+ seeds from 1, [\d,]+ shard-ticks, [\d,]+ transitions, [\d,]+ told; [\d,]+ shard-ticks\/s of CPU\n$/,
  )
})

test('--json prints an object for each seed, and nothing else', async () => {
  const outcome = await simulate(['--seed', '4', '--seeds', '2', '--ticks', '10', '--json'])
  expect(outcome).toMatchObject({ code: 0, stderr: '' })
  expect(runsIn(outcome)).toEqual([
    expect.objectContaining({ seed: 4, ticks: 10, breaches: [], hash: expect.any(Number) }),
    expect.objectContaining({ seed: 5, ticks: 10, breaches: [], hash: expect.any(Number) }),
  ])
})

test('a seed that fails is told with its commit, the fewest faults and ticks, and what happened', async () => {
  const [planted] = plantedBugs
  const { code, stdout } = await simulate(['--seed', '1', '--ticks', '30'], { planted: planted! })
  expect(code).toBe(1)
  expect(stdout).toMatch(/^seed 1 fails at commit ([0-9a-f]{7,}|unknown):\n {2}\d+ s {2}\S/)
  expect(stdout).toMatch(/\nit still fails with \d+ ticks and these faults: \S/)
  expect(stdout).toMatch(/\n {2}\d+ s {2}\S+ closed \d+ under /)
  expect(stdout).toMatch(/\n {2}\d+ s {2}BREACH: .*\nagain: npm run simulate -- --seed 1 --ticks \d+/)
})
