import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CheckName, Tick, Vote, VoterName } from '../../shared/check.ts'
import type { BallotLine } from '../../shared/replay/lines.ts'
import { createRecording, type Replayed } from '../../shared/replay/recording.ts'
import { replay } from '../../shared/replay/replay.ts'
import { twinReplay } from './replay-twin.ts'

const first = 1790000040

function check(name: string, voters: readonly string[], changes: Partial<Replayed> = {}): Replayed {
  return {
    name: name as CheckName,
    voters: voters as VoterName[],
    intervalSeconds: 1,
    confirmations: Math.min(2, voters.length),
    delay: { down: 2, up: 2 },
    ...changes,
  }
}

function ballot(tick: number, voter: string, votes: Record<string, Vote>): BallotLine {
  return { type: 'ballot', tick: tick as Tick, voter: voter as VoterName, votes }
}

const on = (ms = 10): Vote => ({ vote: 'online', ms })
const off: Vote = { vote: 'offline', reason: 'refused', detail: 'no' }
const abstain: Vote = { vote: 'abstain', detail: 'busy' }

function decide(checks: readonly Replayed[], ballots: readonly BallotLine[]) {
  const recording = createRecording(checks)
  const warnings = ballots.flatMap((one) => recording.add(one))
  return { transitions: replay(checks, recording), warnings }
}

/** Transitions in short: `web pending>online 0`, with ticks relative to the first one. */
function told(checks: readonly Replayed[], ballots: readonly BallotLine[]): readonly string[] {
  return decide(checks, ballots).transitions.map(
    ({ check, from, to, tick }) => `${check} ${from}>${to} ${tick - first}`,
  )
}

describe('against a deliberately dumb twin', () => {
  // Names that objects inherit or that are special in JavaScript must be treated like any other.
  const names = ['web', '__proto__', 'constructor', 'toString']
  const voters = ['a', 'b', 'c', '__proto__']
  const anyVote: fc.Arbitrary<Vote> = fc.oneof(
    fc.constantFrom(on(10), on(500), on(501), off, abstain),
    fc.constant<Vote>({ vote: 'slow', ms: 7 }),
  )
  const someVoters = fc.shuffledSubarray(voters, { minLength: 1 })
  const anyCheck = (name: string) =>
    someVoters.chain((of) =>
      fc
        .record({
          intervalSeconds: fc.constantFrom(1, 2, 5),
          confirmations: fc.integer({ min: 1, max: of.length }),
          delay: fc.record({ down: fc.integer({ min: 1, max: 3 }), up: fc.integer({ min: 1, max: 3 }) }),
          slowMs: fc.constant(500),
        })
        .map((settings) => check(name, of, settings)),
    )
  const anyChecks = fc
    .shuffledSubarray(names, { minLength: 1, maxLength: 3 })
    .chain((chosen) => fc.tuple(...chosen.map(anyCheck)))

  /** Random ballots of these checks' voters at their ticks, some repeated, some incomplete, in any order. */
  function anyBallots(checks: readonly Replayed[]): fc.Arbitrary<readonly BallotLine[]> {
    const one = fc
      .tuple(fc.integer({ min: 0, max: 24 }), fc.constantFrom(...checks.flatMap((each) => each.voters)))
      .chain(([after, voter]) => {
        const due = checks.filter(
          (each) => each.voters.includes(voter) && (first + after) % each.intervalSeconds === 0,
        )
        const votes = fc.tuple(...due.map(({ name }) => fc.tuple(fc.constant(name), fc.option(anyVote))))
        return votes.map((given) => ({
          due,
          line: ballot(
            first + after,
            voter,
            Object.fromEntries(given.flatMap(([name, vote]) => (vote === null ? [] : [[name, vote]]))),
          ),
        }))
      })
    return fc
      .array(one, { minLength: 1, maxLength: 60 })
      .map((made) => made.filter(({ due }) => due.length > 0).map(({ line }) => line))
  }

  const anyRecording = anyChecks.chain((checks) => fc.tuple(fc.constant(checks), anyBallots(checks)))

  test('random recordings tell the same transitions with the same votes', () => {
    let changes = 0
    fc.assert(
      fc.property(anyRecording, ([checks, ballots]) => {
        const { transitions, warnings } = decide(checks, ballots)
        expect(warnings).toEqual([])
        expect(transitions).toEqual(twinReplay(checks, ballots))
        changes += transitions.length
      }),
      { numRuns: 300 },
    )
    expect(changes).toBeGreaterThan(100)
  })

  test('the order of ballots of different voters, ticks or checks never matters', () => {
    const shuffled = anyRecording.chain(([checks, ballots]) => {
      const single = [...new Map(ballots.map((line) => [`${line.tick} ${line.voter}`, line])).values()]
      return fc.tuple(
        fc.constant(checks),
        fc.constant(single),
        fc.shuffledSubarray(single, { minLength: single.length, maxLength: single.length }),
      )
    })
    fc.assert(
      fc.property(shuffled, ([checks, ballots, otherwise]) => {
        expect(decide(checks, otherwise)).toEqual(decide(checks, ballots))
      }),
    )
  })
})

describe('the rules', () => {
  const web = check('web', ['a', 'b', 'c'])
  const all = (tick: number, vote: Vote) => ['a', 'b', 'c'].map((voter) => ballot(tick, voter, { web: vote }))

  test('each check begins pending, and a change has the votes of its tick', () => {
    const { transitions } = decide([web], [...all(first, off), ...all(first + 1, off).slice(1)])
    expect(transitions).toEqual([
      {
        type: 'transition',
        check: 'web',
        from: 'pending',
        to: 'offline',
        tick: first + 1,
        alertId: `web@${first + 1}`,
        votes: { a: 'missing', b: 'offline', c: 'offline' },
      },
    ])
  })

  test('of a repeated vote the first one counts, vote by vote', () => {
    const db = check('db', ['a', 'b', 'c'])
    const ticks = [first, first + 1]
    const ballots = ticks.flatMap((tick) => [
      ...all(tick, on()),
      ...['a', 'b', 'c'].map((voter) => ballot(tick, voter, { web: off, db: off })),
    ])
    expect(told([web, db], ballots)).toEqual(['db pending>offline 1', 'web pending>online 1'])
  })

  test('a ballot without the check abstains: the tick is blind and joins what is beside it', () => {
    const empty = ['a', 'b', 'c'].map((voter) => ballot(first + 1, voter, {}))
    const around = [...all(first, off), ...all(first + 2, off)]
    expect(told([web], [...around, ...empty])).toEqual(['web pending>offline 2'])
    expect(told([web], around)).toEqual(['web pending>offline 2'])
  })

  test('more blind ticks than the delay end a streak, as many do not', () => {
    const apart = (ticks: number) => told([web], [...all(first, off), ...all(first + 1 + ticks, off)])
    expect(apart(2)).toEqual(['web pending>offline 3'])
    expect(apart(3)).toEqual([])
  })

  test('a gap of any length takes no time', () => {
    const late = first + 2 ** 40
    const ballots = [...all(first, off), ...all(first + 1, off), ...all(late, on()), ...all(late + 1, on())]
    expect(told([web], ballots)).toEqual(['web pending>offline 1', `web offline>online ${late + 1 - first}`])
    const last = all(Number.MAX_SAFE_INTEGER, off)
    expect(told([web], [...last, ...all(0, off)])).toEqual([])
  })

  test('online above the slow threshold is slow, exactly on it is not', () => {
    const slow = check('web', ['a', 'b', 'c'], { slowMs: 500 })
    const at = (ms: number) => told([slow], [...all(first, on(ms)), ...all(first + 1, on(ms))])
    expect(at(500)).toEqual(['web pending>online 1'])
    expect(at(500.1)).toEqual(['web pending>degraded 1'])
  })

  test('transitions are ordered by tick, then by the name of the check', () => {
    const checks = ['b', 'a', 'B', 'c'].map((name) => check(name, ['a'], { delay: { down: 1, up: 1 } }))
    const votes = (vote: Vote) => ({ a: vote, b: vote, B: vote, c: vote })
    expect(told(checks, [ballot(first + 1, 'a', votes(off)), ballot(first, 'a', votes(on()))])).toEqual([
      ...['B', 'a', 'b', 'c'].map((name) => `${name} pending>online 0`),
      ...['B', 'a', 'b', 'c'].map((name) => `${name} online>offline 1`),
    ])
  })

  test('nothing recorded, nothing told', () => {
    expect(told([web], [])).toEqual([])
    expect(told([], [])).toEqual([])
  })
})

describe('what is odd', () => {
  const web = check('web', ['a', 'b'], { intervalSeconds: 60 })
  const db = check('db', ['b'], { intervalSeconds: 30, confirmations: 1 })

  test.each<[what: string, line: BallotLine, warnings: readonly string[]]>([
    ['an unknown voter', ballot(first, 'x', { web: off }), ['unknown voter "x"']],
    ['an unknown voter at no tick of anybody', ballot(first + 1, 'x', {}), ['unknown voter "x"']],
    [
      'an unknown check',
      ballot(first, 'a', { web: off, 'w\u001beb': off }),
      ['unknown check "w\\u001beb"; it is not in the configuration, or disabled there'],
    ],
    ['a stranger to a check', ballot(first, 'a', { db: off }), ['a is not a voter of db']],
  ])('%s is a warning', (_, line, warnings) => {
    expect(decide([web, db], [line])).toEqual({ warnings, transitions: [] })
  })

  test.each<[what: string, line: BallotLine, message: string]>([
    [
      'of a check',
      ballot(first + 30, 'b', { web: off }),
      `tick ${first + 30} is not a multiple of the 60 s interval of web`,
    ],
    [
      'of any check of its voter',
      ballot(first + 30, 'a', {}),
      `tick ${first + 30} is not a multiple of the interval of any check of a`,
    ],
  ])('a tick that is none %s is an error', (_, line, message) => {
    expect(() => decide([web, db], [line])).toThrow(new RangeError(message))
  })
})
