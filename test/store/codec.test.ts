import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBallot, decodeState, encodeBallot, encodeState } from '../../shared/store/codec.ts'
import { ballotKey, eventKey, shardKey, shardOf, stateKey } from '../../shared/store/keys.ts'
import { check, shardId, tick, voter } from '../quorum/words.ts'
import { anyBallot, anyState } from './shapes.ts'

const shard = shardId('60s-abcdef-1')

/** What the table does to an item: plain text, numbers, lists and maps come back, nothing else. */
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
