import { expect, test } from 'vitest'
import { createTally } from '../../functions/dev/screen/tally.ts'
import { abstain, ballot, check, off, on, slow, transition } from './lines.ts'

test('counts votes, smooths latencies and remembers the status', () => {
  const tally = createTally([check('web'), check('db'), { ...check('old'), status: 'offline' }])
  tally.add(ballot(0, 0, { web: on(100), db: off() }))
  tally.add(ballot(0, 1, { web: slow(1_700), db: abstain() }))
  tally.add(ballot(10, 0, { web: off(), db: off() }))
  tally.add(transition('db', 'pending', 'offline', ['offline', 'abstain']))
  expect(tally.summary()).toEqual({
    type: 'summary',
    ticks: 2,
    checks: [
      // 7/8 of 100 plus 1/8 of 1,700.
      {
        check: 'web',
        status: 'pending',
        successes: 2,
        failures: 1,
        abstentions: 0,
        loss: 1 / 3,
        srttMs: 300,
      },
      { check: 'db', status: 'offline', successes: 0, failures: 2, abstentions: 1, loss: 1 },
      { check: 'old', status: 'offline', successes: 0, failures: 0, abstentions: 0, loss: 0 },
    ],
  })
})

test('a removed check leaves the summary, and one that nobody knows never enters it', () => {
  const tally = createTally([check('web'), check('old')])
  tally.add(transition('old', 'offline', 'removed', []))
  tally.add(ballot(0, 0, { old: off(), stranger: off(), web: on() }))
  expect(tally.summary().checks.map(({ check: name }) => name)).toEqual(['web'])
})

test('a tick counts once, however many ballots it has', () => {
  const tally = createTally([check('web')])
  for (let after = 0; after < 10_000; after += 10) {
    for (const voter of [0, 1, 2]) tally.add(ballot(after, voter, { web: on() }))
  }
  expect(tally.summary().ticks).toBe(1_000)
})
