import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { reasons, type Vote } from '../../shared/check.ts'
import { abstained, offline, packBallot, unpackVote } from '../../shared/quorum/ballot.ts'
import { check, tick, version, voter } from '../fixtures/words.ts'

const header = { voter: voter('a'), tick: tick(1_790_000_040), plan: version('p1') }
const web = { name: check('web'), slowMs: 500 }

const packed = (ms: number) => packBallot(header, [web], [{ vote: 'online', ms }])

describe('a packed ballot', () => {
  test.each([
    [0.123_456, 0.123],
    [12.34, 12.3],
    [123.4, 123],
    [1234, 1230],
    [59_999, 60_000],
    [0, 0],
    // A negative latency, from a clock that ran backwards, must not read as a mark.
    [-1, 0],
    [-2, 0],
  ])('keeps three digits of a latency: %d ms is stored as %d', (ms, stored) => {
    expect(packed(ms).ms).toEqual([stored])
  })

  test('says why only for what went wrong', () => {
    const checks = ['up', 'slow', 'down', 'unseen'].map((name) => ({ name: check(name) }))
    expect(
      packBallot(header, checks, [
        { vote: 'online', ms: 12 },
        { vote: 'slow', ms: 800 },
        { vote: 'offline', reason: 'refused', detail: 'connection refused' },
        { vote: 'abstain', detail: 'no sockets left' },
      ]),
    ).toEqual({
      ...header,
      ms: [12, 800, offline, abstained],
      failed: {
        down: { reason: 'refused', detail: 'connection refused' },
        unseen: { reason: 'abstain', detail: 'no sockets left' },
      },
    })
  })
})

test('what was found by best effort says so after it was packed, and what was not does not', () => {
  const checks = [
    { name: check('port'), kind: 'half_open', slowMs: 500 },
    { name: check('web'), kind: 'http' },
  ]
  const ballot = packBallot(header, checks, [
    { vote: 'online', ms: 800, method: 'quickack' },
    { vote: 'online', ms: 12 },
  ])
  expect(ballot).toEqual({ ...header, ms: [800, 12], failed: {}, method: 'quickack' })
  expect(unpackVote(ballot, 0, checks[0]!, header.plan)).toEqual({
    vote: 'slow',
    ms: 800,
    method: 'quickack',
  })
  expect(unpackVote(ballot, 1, checks[1]!, header.plan)).toEqual({ vote: 'online', ms: 12 })
})

describe('an unpacked vote', () => {
  test('is that of the position, not of the name', () => {
    const ballot = { ...packed(10), ms: [10, 900] }
    expect(unpackVote(ballot, 1, web, header.plan)).toEqual({ vote: 'slow', ms: 900 })
  })

  test('abstains under another version of the plan, whose positions mean other checks', () => {
    expect(unpackVote(packed(10), 0, web, version('p2'))).toEqual({
      vote: 'abstain',
      detail: 'voted under another version of the plan',
    })
  })

  test('abstains where the ballot is shorter than the shard', () => {
    expect(unpackVote(packed(10), 1, web, header.plan)).toEqual({ vote: 'abstain', detail: 'not probed' })
  })

  test('marked without a reason is still whole', () => {
    const bare = { ...header, ms: [offline, abstained], failed: {} }
    expect(unpackVote(bare, 0, web, header.plan)).toEqual({ vote: 'offline', reason: 'protocol', detail: '' })
    expect(unpackVote(bare, 1, web, header.plan)).toEqual({ vote: 'abstain', detail: 'not probed' })
  })

  test('is the vote that was packed, to three digits', () => {
    const ms = fc.double({ min: 0, max: 60_000, noNaN: true })
    const vote = fc.oneof(
      fc.record({ vote: fc.constant('online' as const), ms }),
      fc.record({
        vote: fc.constant('offline' as const),
        reason: fc.constantFrom(...reasons),
        detail: fc.string({ maxLength: 120 }),
      }),
      fc.record({ vote: fc.constant('abstain' as const), detail: fc.string({ maxLength: 120 }) }),
    )
    fc.assert(
      fc.property(fc.array(vote, { maxLength: 20 }), (votes: readonly Vote[]) => {
        const checks = votes.map((_, index) => ({ name: check(`check-${index}`), slowMs: 500 }))
        const ballot = packBallot(header, checks, votes)
        for (const [index, cast] of votes.entries()) {
          const read = unpackVote(ballot, index, checks[index]!, header.plan)
          if (cast.vote === 'offline' || cast.vote === 'abstain') {
            expect(read).toEqual(cast)
            continue
          }
          const ms = 'ms' in read ? read.ms : Number.NaN
          expect(Math.abs(ms - cast.ms)).toBeLessThanOrEqual(cast.ms * 0.005)
          expect(read.vote).toBe(ms > 500 ? 'slow' : 'online')
        }
      }),
    )
  })
})
