import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseLine } from '../../shared/replay/parse.ts'

const line = (changes: object) =>
  JSON.stringify({ type: 'ballot', tick: 60, voter: 'a', votes: {}, ...changes })
const withVote = (vote: unknown) => line({ votes: { web: vote } })

test.each([
  ['', 'other'],
  ['  \r', 'other'],
  ['{"type":"transition","tick":"not looked at"}', 'other'],
  ['{"type":"something that does not exist yet"}', 'other'],
  [line({}), 'ballot'],
  [`\uFEFF${line({})}\r`, 'ballot'],
  [line({ more: 1 }), 'ballot'],
  [withVote({ vote: 'online', ms: 0 }), 'ballot'],
  [withVote({ vote: 'slow' }), 'ballot'],
  [withVote({ vote: 'offline' }), 'ballot'],
  [withVote({ vote: 'offline', reason: 'refused', detail: 'a\u2028b' }), 'ballot'],
  [withVote({ vote: 'abstain' }), 'ballot'],
  ['{"type":"ballot","tick":60,"voter":"a","votes":{"__proto__":{"vote":"abstain"}}}', 'ballot'],
])('%j is read as %s', (text, kind) => {
  expect(parseLine(text).kind).toBe(kind)
})

const noTick = '"tick" must be a whole number of epoch seconds'
const noVote = 'the vote on "web" must be online, slow, offline or abstain'
test.each([
  ['nonsense', 'is not JSON'],
  ['{"type":"ballot"', 'is not JSON'],
  ['[]', 'is not a JSON object'],
  ['null', 'is not a JSON object'],
  ['{}', 'has no "type"'],
  ['{"type":5}', 'has no "type"'],
  [line({ tick: '60' }), noTick],
  [line({ tick: 60.5 }), noTick],
  [line({ tick: -60 }), noTick],
  [line({ tick: 2 ** 53 }), noTick],
  [line({ voter: 5 }), '"voter" must be a name'],
  [line({ votes: [] }), '"votes" must be an object of votes by check'],
  [withVote(null), noVote],
  [withVote('online'), noVote],
  [withVote({ vote: 'toString' }), noVote],
  [withVote({ vote: 'online' }), 'the vote on "web" needs its latency as "ms"'],
  [withVote({ vote: 'online', ms: -1 }), 'the vote on "web" needs its latency as "ms"'],
  [withVote({ vote: 'online', ms: '1' }), 'the vote on "web" needs its latency as "ms"'],
  [withVote({ vote: 'offline', reason: 'mood' }), 'the vote on "web" has the unknown reason "mood"'],
  [withVote({ vote: 'offline', reason: { toString: 1 } }), 'the vote on "web" has a reason that is not text'],
])('%j is refused: %s', (text, message) => {
  expect(parseLine(text)).toEqual({ kind: 'error', message })
})

test('whatever a line holds, reading it is no accident', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.json(), fc.object().map(line), fc.anything().map(withVote)),
      (text) => {
        expect(['ballot', 'other', 'error']).toContain(parseLine(text).kind)
      },
    ),
  )
})
