import { describe, expect, test } from 'vitest'
import { judge, type Tally } from '../../shared/quorum/judge.ts'
import { completions, finalVerdict, type Said, splits, twinVerdict } from './judge-twin.ts'

const words = ['offline', 'slow', 'online', 'abstain', 'missing'] as const

/** Every combination of votes of up to seven voters, with every number of confirmations. */
const cases = [1, 2, 3, 4, 5, 6, 7].flatMap((voters) =>
  splits(voters, words).flatMap((said) =>
    Array.from({ length: voters }, (_, index) => ({ said, confirmations: index + 1 })),
  ),
)

function tallyOf(said: readonly Said[]): Tally {
  const count = (word: Said) => said.filter((one) => one === word).length
  return {
    offline: count('offline'),
    slow: count('slow'),
    online: count('online'),
    missing: count('missing'),
  }
}

describe('a verdict in prose', () => {
  test.each([
    // Columns: the votes of four voters, of which two must agree.
    ['all four see it', { offline: 0, slow: 0, online: 4, missing: 0 }, 'online'],
    [
      'one alone sees it down: the others outvote it',
      { offline: 1, slow: 0, online: 3, missing: 0 },
      'online',
    ],
    [
      'two see it down: the worse wins although two see it up',
      { offline: 2, slow: 0, online: 2, missing: 0 },
      'offline',
    ],
    [
      'one sees it down and one slow: it is at least degraded',
      { offline: 1, slow: 1, online: 2, missing: 0 },
      'degraded',
    ],
    [
      'one slow among three quick ones is not degraded',
      { offline: 0, slow: 1, online: 3, missing: 0 },
      'online',
    ],
    ['two slow of four', { offline: 0, slow: 2, online: 2, missing: 0 }, 'degraded'],
    ['three of our own could not look', { offline: 1, slow: 0, online: 0, missing: 0 }, 'blind'],
    ['one up, one down, two could not look', { offline: 1, slow: 0, online: 1, missing: 0 }, 'split'],
    [
      'two down: nothing the missing say can change it',
      { offline: 2, slow: 0, online: 0, missing: 2 },
      'offline',
    ],
    ['one down, one missing that may agree', { offline: 1, slow: 0, online: 2, missing: 1 }, 'open'],
    [
      'three up, the missing one alone cannot turn it',
      { offline: 0, slow: 0, online: 3, missing: 1 },
      'online',
    ],
    ['two up, the two missing may both say offline', { offline: 0, slow: 0, online: 2, missing: 2 }, 'open'],
    ['nobody was heard yet', { offline: 0, slow: 0, online: 0, missing: 4 }, 'open'],
  ] as const)('%s', (_sentence, tally, verdict) => {
    expect(judge(tally, 2, false)).toBe(verdict)
  })

  test.each([
    [
      'what is missing at the deadline stays missing',
      { offline: 1, slow: 0, online: 2, missing: 1 },
      'online',
    ],
    ['silence of all is blind, not offline', { offline: 0, slow: 0, online: 0, missing: 4 }, 'blind'],
    [
      'one vote of four is not enough to say anything',
      { offline: 1, slow: 0, online: 0, missing: 3 },
      'blind',
    ],
  ] as const)('at the deadline: %s', (_sentence, tally, verdict) => {
    expect(judge(tally, 2, true)).toBe(verdict)
  })
})

describe('exhaustively for up to seven voters', () => {
  test(`agrees with the twin in all ${cases.length} cases, before and after the deadline`, () => {
    // C(V+4, 4) combinations of five votes among V voters, times V confirmations, for V from 1 to 7.
    expect(cases.length).toBe(4620)
    for (const { said, confirmations } of cases) {
      for (const pastDeadline of [false, true]) {
        const verdict = judge(tallyOf(said), confirmations, pastDeadline)
        const twin = twinVerdict(said, confirmations, pastDeadline)
        if (verdict !== twin) {
          expect.fail(`${said} c=${confirmations} past=${pastDeadline}: ${verdict}, the twin says ${twin}`)
        }
      }
    }
  })

  test('closing early never changes a verdict, whatever the missing voters say', () => {
    let closedEarly = 0
    for (const { said, confirmations } of cases) {
      const tally = tallyOf(said)
      const early = judge(tally, confirmations, false)
      if (early === 'open' || tally.missing === 0) continue
      closedEarly++
      const arrived = said.filter((word) => word !== 'missing')
      for (const rest of completions(tally.missing)) {
        const all = [...arrived, ...rest]
        const late = judge(tallyOf(all), confirmations, true)
        if (late !== early) expect.fail(`${said} c=${confirmations}: ${early}, with ${rest} ${late}`)
        expect(finalVerdict(all, confirmations)).toBe(early)
      }
    }
    expect(closedEarly).toBeGreaterThan(500)
  })

  test('fewer voters than confirmations say nothing: offline, degraded and online need that many votes', () => {
    let tooFew = 0
    for (const { said, confirmations } of cases) {
      const { offline, slow, online, missing } = tallyOf(said)
      if (offline + slow + online >= confirmations) continue
      tooFew++
      expect(judge(tallyOf(said), confirmations, true)).toBe('blind')
      expect(judge(tallyOf(said), confirmations, false)).toBe(missing > 0 ? 'open' : 'blind')
    }
    expect(tooFew).toBeGreaterThan(500)
  })

  test('each verdict has as many voters behind it as there are confirmations', () => {
    for (const { said, confirmations } of cases) {
      const { offline, slow, online } = tallyOf(said)
      const behind = { offline, degraded: offline + slow, online: online + slow }
      const verdict = judge(tallyOf(said), confirmations, true)
      if (verdict in behind) {
        expect(behind[verdict as keyof typeof behind]).toBeGreaterThanOrEqual(confirmations)
      }
    }
  })

  test('one more voice for offline never makes a verdict better', () => {
    const rank = { online: 0, degraded: 1, offline: 2 } as const
    for (const { said, confirmations } of cases) {
      for (const from of ['online', 'slow'] as const) {
        if (!said.includes(from)) continue
        const worse = said.with(said.indexOf(from), 'offline')
        const before = judge(tallyOf(said), confirmations, true)
        const after = judge(tallyOf(worse), confirmations, true)
        if (before in rank && after in rank) {
          expect(rank[after as keyof typeof rank]).toBeGreaterThanOrEqual(rank[before as keyof typeof rank])
        }
      }
    }
  })
})
