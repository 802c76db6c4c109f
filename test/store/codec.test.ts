import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unpackVote } from '../../shared/quorum/ballot.ts'
import { decodeBallot, decodeState, encodeBallot, encodeState } from '../../shared/store/codec.ts'
import { ballotKey, eventKey, shardKey, shardOf, stateKey } from '../../shared/store/keys.ts'
import { check, shardId, tick, voter } from '../fixtures/words.ts'
import { anyBallot, anyState } from './shapes.ts'

const shard = shardId('60s-abcdef-1')

/** An item after a round trip through the table: only plain text, numbers, lists and maps survive. */
const stored = (item: Record<string, unknown>) => JSON.parse(JSON.stringify(item))

describe('what is encoded is decoded again', () => {
  test('any ballot', () => {
    fc.assert(
      fc.property(anyBallot, (ballot) => {
        const key = ballotKey(shard, ballot.tick, ballot.voter, false)
        expect(decodeBallot({ ...key, ...stored(encodeBallot(ballot)) })).toEqual(ballot)
      }),
    )
  })

  test('any state', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        expect(decodeState(shard, stored(encodeState(state)))).toEqual(state)
      }),
    )
  })
})

describe('what no voter of ours has written', () => {
  const key = ballotKey(shard, tick(1_790_000_040), voter('eu-west-1'), false)
  const checks = [{ name: check('web') }, { name: check('db') }]

  test.each<[what: string, item: Record<string, unknown>]>([
    ['nothing', {}],
    ['no list', { ms: 'many' }],
    ['no numbers', { ms: ['12', null] }],
    ['marks that do not exist', { ms: [-7, Number.NaN] }],
    ['a list too short', { ms: [] }],
  ])('a ballot with %s abstains', (_, item) => {
    const ballot = decodeBallot({ ...key, plan: 'v1', ...item })
    for (const [index, { name }] of checks.entries())
      expect(unpackVote(ballot, index, { name }, ballot.plan)).toEqual({
        vote: 'abstain',
        detail: 'not probed',
      })
  })

  test.each<[what: string, failed: unknown]>([
    ['no map', 'refused'],
    ['nothing in it', { web: null }],
    ['a reason that does not exist', { web: { reason: 'because', detail: 'of that' } }],
    ['no detail', { web: { reason: 'refused' } }],
  ])('an offline vote whose failures have %s is still one', (_, failed) => {
    const ballot = decodeBallot({ ...key, plan: 'v1', ms: [-2], failed })
    expect(unpackVote(ballot, 0, checks[0]!, ballot.plan)).toEqual({
      vote: 'offline',
      reason: 'protocol',
      detail: '',
    })
  })

  test('any item at all is a ballot', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('plan', 'ms', 'failed', 'x'), fc.anything()), (item) => {
        const ballot = decodeBallot({ ...item, ...key })
        for (const [index, { name }] of checks.entries()) unpackVote(ballot, index, { name }, ballot.plan)
      }),
    )
  })
})

describe('an item as the AWS CLI shows it', () => {
  test('a healthy ballot has no word about failures', () => {
    fc.assert(
      fc.property(anyBallot, (ballot) => {
        const empty = Object.keys(ballot.failed).length === 0
        expect('failed' in encodeBallot(ballot)).toBe(!empty)
      }),
    )
  })

  test('due is there only while something is: a stream filter can ask for no more', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        expect('due' in encodeState(state)).toBe(state.outbox.length > 0)
      }),
    )
  })
})

describe('keys', () => {
  test.each([
    [ballotKey(shard, tick(1_790_000_040), voter('eu-west-1'), false), 'BALLOT#1790000040#eu-west-1'],
    [ballotKey(shard, tick(1_790_000_040), voter('eu-west-1'), true), 'LATE#1790000040#eu-west-1'],
    [stateKey(shard), 'STATE'],
  ])('of a shard: %j', ({ pk, sk }, expected) => {
    expect([pk, sk]).toEqual(['SHARD#60s-abcdef-1', expected])
  })

  test('of an event sort by time and are read by people', () => {
    expect(eventKey(check('web'), tick(1_790_000_040))).toEqual({
      pk: 'CHECK#web',
      sk: 'EVENT#2026-09-21T14:14:00Z',
    })
  })

  test('name their shard, and no other key does', () => {
    expect(shardOf(shardKey(shard))).toBe(shard)
    expect(() => shardOf('CHECK#web')).toThrow('"CHECK#web" is not the key of a shard')
    expect(() => shardOf('')).toThrow('"" is not the key of a shard')
  })
})
