import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { localTable } from '../../functions/dev/cloud/database.ts'
import type { AlertId, CheckName, ShardId } from '../../shared/check.ts'
import type { Hour } from '../../shared/history/hour.ts'
import type { Deployment } from '../../shared/plan/deployment.ts'
import type { Ballot } from '../../shared/quorum/ballot.ts'
import { initialState } from '../../shared/quorum/state.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Event, Sent, StatusItem, Store } from '../../shared/store/store.ts'
import { check, contact, shardId, tick, version, voter } from '../fixtures/words.ts'
import { shardOf } from '../quorum/shards.ts'
import { anyBallot, anyState } from './shapes.ts'

const t0 = 1_790_000_040
const kept = { late: false, expires: t0 + 86_400 }

/** A running engine with one empty table. */
export interface Started {
  readonly client: DynamoDBDocumentClient
  close(): Promise<void>
}

/** A client that sends every write twice, as if the first answer had been lost. */
function losingAnswers(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
  const send: typeof client.send = async (command: Parameters<typeof client.send>[0]) => {
    if (command instanceof PutCommand) await client.send(command)
    return client.send(command)
  }
  return { config: client.config, send } as unknown as DynamoDBDocumentClient
}

/** The contract of every store. Each test has its own keys in one table. */
export function storeContract(start: () => Promise<Started>): void {
  let started: Started
  let store: Store
  /** The same store with a client that sends every write twice. */
  let repeating: Store
  let shard: ShardId
  let name: CheckName
  let count = 0
  beforeAll(async () => {
    started = await start()
    store = dynamoStore(started.client, localTable)
    repeating = dynamoStore(losingAnswers(started.client), localTable)
  })
  afterAll(() => started?.close())
  beforeEach(() => {
    shard = shardId(`60s-abcdef-${++count}`)
    name = check(`check-${count}`)
  })

  const ballot = (at: number, from: string, ms: readonly number[] = [12.3]): Ballot => ({
    voter: voter(from),
    tick: tick(at),
    plan: version('0123456789ab'),
    ms,
    failed: {},
  })

  describe('ballots', () => {
    test('are written once: whoever writes again is told so and changes nothing', async () => {
      expect(await store.putBallot(shard, ballot(t0, 'a', [1]), kept)).toBe('written')
      expect(await store.putBallot(shard, ballot(t0, 'a', [2]), kept)).toBe('conflict')
      expect(await store.ballots(shard, tick(t0), tick(t0), { consistent: true })).toEqual([
        ballot(t0, 'a', [1]),
      ])
    })

    test('written by many at once are written once', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, ms) => store.putBallot(shard, ballot(t0, 'a', [ms]), kept)),
      )
      expect(outcomes.toSorted()).toEqual([...Array(7).fill('conflict'), 'written'])
    })

    test('of a range of ticks come by tick, then voter, both ends included', async () => {
      for (const at of [240, 60, 0, 180, 120]) {
        for (const from of ['us-east-1', 'eu-west-1', 'lab-1']) {
          await store.putBallot(shard, ballot(t0 + at, from), kept)
        }
      }
      const found = await store.ballots(shard, tick(t0 + 60), tick(t0 + 180), { consistent: true })
      expect(found.map((one) => `${one.tick - t0} ${one.voter}`)).toEqual(
        [60, 120, 180].flatMap((at) => ['eu-west-1', 'lab-1', 'us-east-1'].map((from) => `${at} ${from}`)),
      )
      expect(await store.ballots(shard, tick(t0 + 61), tick(t0 + 119), { consistent: false })).toEqual([])
    })

    test('of voters with any name stay within their tick', async () => {
      const names = ['0', 'z', 'zzz', 'A.b_c-d', '~', 'constructor'].toSorted()
      for (const from of names) await store.putBallot(shard, ballot(t0, from), kept)
      await store.putBallot(shard, ballot(t0 + 60, 'a'), kept)
      const found = await store.ballots(shard, tick(t0), tick(t0), { consistent: true })
      expect(found.map((one) => one.voter)).toEqual(names)
    })

    test('that came too late are kept, not counted, and hold no place', async () => {
      expect(await store.putBallot(shard, ballot(t0, 'a', [1]), { ...kept, late: true })).toBe('written')
      expect(await store.ballots(shard, tick(0), tick(9_999_999_999), { consistent: true })).toEqual([])
      expect(await store.putBallot(shard, ballot(t0, 'a', [2]), kept)).toBe('written')
    })

    test('of one shard are not those of another', async () => {
      await store.putBallot(shard, ballot(t0, 'a'), kept)
      const other = shardId(`${shard}0`)
      expect(await store.ballots(other, tick(0), tick(9_999_999_999), { consistent: true })).toEqual([])
    })

    test('beyond the megabyte that a page holds all come, in order', async () => {
      // 60 ballots with long reasons, about 25 KB each.
      const failed = Object.fromEntries(
        Array.from({ length: 180 }, (_, index) => [
          `check-${index}`,
          { reason: 'timeout', detail: 'no answer within 10 s '.padEnd(120, '.') },
        ]),
      ) as Ballot['failed']
      const ms = Array<number>(200).fill(-2)
      const ticks = Array.from({ length: 60 }, (_, index) => t0 + index * 60)
      for (const at of ticks) await store.putBallot(shard, { ...ballot(at, 'a', ms), failed }, kept)
      const found = await store.ballots(shard, tick(t0), tick(t0 + 3600), { consistent: true })
      expect(JSON.stringify(found).length).toBeGreaterThan(1.4 * 1024 * 1024)
      expect(found.map((one) => one.tick)).toEqual(ticks)
      expect(found.at(-1)).toEqual({ ...ballot(t0 + 59 * 60, 'a', ms), failed })
    })

    test('come back as they were, or without their reasons', async () => {
      await fc.assert(
        fc.asyncProperty(anyBallot, async (any) => {
          const own = shardId(`60s-any-${++count}`)
          const { method: _, ...bare } = any
          await store.putBallot(own, any, kept)
          expect(await store.ballots(own, any.tick, any.tick, { consistent: true })).toEqual([any])
          const votes = await store.ballots(own, any.tick, any.tick, { consistent: true, votesOnly: true })
          expect(votes).toEqual([{ ...bare, failed: {} }])
        }),
        { numRuns: 25 },
      )
    })
  })

  describe('a state', () => {
    const first = () => initialState(shard, shardOf('p1', ['a'], ['web']), tick(t0), 60)

    test('is not there before it is written', async () => {
      expect(await store.state(shard, { consistent: true })).toBeUndefined()
    })

    test('gets a revision with each write', async () => {
      expect(await store.putState(first())).toBe('written')
      expect(await store.state(shard, { consistent: true })).toEqual({ ...first(), revision: 1 })
      expect(await store.putState({ ...first(), revision: 1, tick: tick(t0) })).toBe('written')
      expect(await store.state(shard, { consistent: true })).toMatchObject({ revision: 2, tick: t0 })
    })

    test('made from an older revision, or from one that never was, is refused and changes nothing', async () => {
      await store.putState(first())
      await store.putState({ ...first(), revision: 1 })
      for (const revision of [0, 1, 3, 99]) {
        expect(await store.putState({ ...first(), revision, seq: 77 })).toBe('conflict')
      }
      expect(await store.state(shard, { consistent: true })).toEqual({ ...first(), revision: 2 })
    })

    test('that is not there is not written over', async () => {
      expect(await store.putState({ ...first(), revision: 1 })).toBe('conflict')
      expect(await store.state(shard, { consistent: true })).toBeUndefined()
    })

    test('written by many at once is written by one', async () => {
      await store.putState(first())
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, seq) => store.putState({ ...first(), revision: 1, seq })),
      )
      expect(outcomes.filter((outcome) => outcome === 'written').length).toBe(1)
      const { revision, seq } = (await store.state(shard, { consistent: true }))!
      expect([revision, outcomes[seq]]).toEqual([2, 'written'])
    })

    test('comes back as it was', async () => {
      await fc.assert(
        fc.asyncProperty(anyState, async (any) => {
          const own = { ...any, shard: shardId(`60s-any-${++count}`), revision: 0 }
          expect(await store.putState(own)).toBe('written')
          expect(await store.state(own.shard, { consistent: true })).toEqual({ ...own, revision: 1 })
        }),
        { numRuns: 25 },
      )
    })
  })

  describe('names that every object has a property of', () => {
    test.each(['constructor', 'toString', 'hasOwnProperty'])('are names like others: %s', async (word) => {
      const cast = {
        ...ballot(t0, word, [-2]),
        failed: { [check(word)]: { reason: 'refused' as const, detail: 'connection refused' } },
      }
      await store.putBallot(shard, cast, kept)
      expect(await store.ballots(shard, tick(t0), tick(t0), { consistent: true })).toEqual([cast])

      const state = initialState(shard, shardOf('p1', [word], [word]), tick(t0), 60)
      expect(await store.putState(state)).toBe('written')
      expect(await store.state(shard, { consistent: true })).toEqual({ ...state, revision: 1 })

      const sent = { ...(await store.sent(shard)), cursors: { [word]: 3 } }
      expect(await store.putSent(sent)).toBe('written')
      expect(await store.sent(shard)).toEqual({ ...sent, revision: 1 })
    })
  })

  describe('what was sent', () => {
    test('is nothing at first', async () => {
      expect(await store.sent(shard)).toEqual({
        shard,
        revision: 0,
        leaseUntilMs: 0,
        cursors: {},
        failing: {},
        dead: {},
      })
    })

    test('comes back as it was, one revision later', async () => {
      const sent: Sent = {
        shard,
        revision: 0,
        leaseUntilMs: 1_790_000_040_123,
        cursors: { ops: 3, '~history': 7 },
        failing: {
          hook: {
            sinceMs: 1_790_000_000_000,
            triedMs: 1_790_000_000_000,
            error: 'ThrottledException: slow down',
          },
        },
        dead: { old: { atMs: 1_790_000_000_000, error: 'NotFoundException: no such topic' } },
      }
      expect(await store.putSent(sent)).toBe('written')
      expect(await store.sent(shard)).toEqual({ ...sent, revision: 1 })
    })

    test('is a lease that one of many gets', async () => {
      const before = await store.sent(shard)
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, leaseUntilMs) => store.putSent({ ...before, leaseUntilMs })),
      )
      expect(outcomes.filter((outcome) => outcome === 'written').length).toBe(1)
      expect(await store.putSent({ ...before, revision: 2 })).toBe('conflict')
      expect((await store.sent(shard)).revision).toBe(1)
    })

    test('is one’s own lease where the answer to the write was lost and the SDK wrote it again', async () => {
      const before = await store.sent(shard)
      const own = { ...before, leaseUntilMs: 1_790_000_100_000 }
      expect(await repeating.putSent(own)).toBe('written')
      expect(await store.sent(shard)).toEqual({ ...own, revision: 1 })
      // Another writer of an equal lease in the same millisecond does not get it.
      expect(await store.putSent(own)).toBe('conflict')
      expect(await repeating.putSent({ ...own, revision: 1, leaseUntilMs: 0 })).toBe('written')
      expect(await store.sent(shard)).toEqual({ ...before, revision: 2 })
    })

    test('and what was told come back apart, each with a revision of its own', async () => {
      expect(await store.told(shard)).toEqual({ shard, revision: 0, contacts: {} })
      const known = { to: 'offline', tick: tick(60), alertId: 'web@60' as AlertId, atMs: 61_000 } as const
      const told = { shard, revision: 0, contacts: { ops: { web: known, constructor: known } } }
      expect(await store.putTold(told)).toBe('written')
      expect(await store.putTold(told)).toBe('conflict')
      expect(await store.told(shard)).toEqual({ ...told, revision: 1 })
      expect((await store.sent(shard)).revision).toBe(0)
    })

    test('a dead letter is kept and in nobody’s way', async () => {
      const letter = { contact: contact('ops'), atMs: 1_790_000_040_123, error: 'gone', entries: [] }
      await store.putDeadLetter(shard, letter)
      await store.putDeadLetter(shard, letter)
      expect((await store.sent(shard)).revision).toBe(0)
      expect(await store.state(shard, { consistent: true })).toBeUndefined()
      expect(await store.ballots(shard, tick(0), tick(9_999_999_999), { consistent: true })).toEqual([])
    })
  })

  const event = (at: number, to: Event['to'] = 'offline'): Event => ({
    from: 'online',
    to,
    tick: tick(at),
    votes: {
      [voter('a')]: { vote: 'offline', reason: 'refused', detail: 'connection refused' },
      [voter('b')]: { vote: 'online', ms: 12.3 },
      [voter('c')]: { vote: 'missing' },
    },
  })

  describe('events', () => {
    test('come newest first, no more than asked for', async () => {
      for (const at of [120, 0, 240, 60, 180]) await store.putEvent(name, event(t0 + at))
      expect((await store.events(name, 3)).map((one) => one.tick - t0)).toEqual([240, 180, 120])
      expect((await store.events(name, 100)).map((one) => one.tick - t0)).toEqual([240, 180, 120, 60, 0])
    })

    test('come back as they were', async () => {
      await store.putEvent(name, event(t0, 'removed'))
      expect(await store.events(name, 1)).toEqual([event(t0, 'removed')])
    })

    test('there is one for each tick, however often it is written', async () => {
      await store.putEvent(name, event(t0))
      await store.putEvent(name, event(t0))
      expect(await store.events(name, 10)).toHaveLength(1)
    })

    test('of other checks, and what else is kept of this one, are not among them', async () => {
      await store.putEvent(check(`${name}0`), event(t0))
      await store.putStatus(name, { ...event(t0), label: 'example.com' })
      expect(await store.events(name, 10)).toEqual([])
    })

    test('beyond the megabyte that a page holds are still no more than asked for', async () => {
      // Votes of 100 voters with long reasons, about 18 KB per event.
      const votes = Object.fromEntries(
        Array.from({ length: 100 }, (_, index) => [
          `voter-${index}`,
          { vote: 'offline', reason: 'timeout', detail: '.'.repeat(120) },
        ]),
      ) as Event['votes']
      for (let index = 0; index < 90; index++) {
        await store.putEvent(name, { ...event(t0 + index * 60), votes })
      }
      const found = await store.events(name, 70)
      expect(JSON.stringify(found).length).toBeGreaterThan(1.1 * 1024 * 1024)
      expect(found.map((one) => (one.tick - t0) / 60)).toEqual(
        Array.from({ length: 70 }, (_, index) => 89 - index),
      )
    })
  })

  describe('a status', () => {
    const status = (at: number, to: Event['to'] = 'offline'): StatusItem => ({
      ...event(at, to),
      label: 'https://example.com/',
    })

    test('is not there at first and comes back as it was', async () => {
      expect(await store.status(name)).toBeUndefined()
      expect(await store.putStatus(name, status(t0))).toBe('written')
      expect(await store.status(name)).toEqual(status(t0))
    })

    test('gives way to a newer one, never to an older one', async () => {
      await store.putStatus(name, status(t0 + 60))
      expect(await store.putStatus(name, status(t0, 'online'))).toBe('conflict')
      expect(await store.status(name)).toEqual(status(t0 + 60))
      expect(await store.putStatus(name, status(t0 + 120, 'online'))).toBe('written')
      expect(await store.status(name)).toEqual(status(t0 + 120, 'online'))
    })

    test('may be written again by whoever repeats a delivery', async () => {
      await store.putStatus(name, status(t0))
      expect(await store.putStatus(name, status(t0))).toBe('written')
    })
  })

  describe('an hour', () => {
    const hour = (ms: readonly number[]): Hour => ({
      [voter('us-east-1')]: { n: 3, ok: 2, slow: 1, p50: 12.3, p95: 1230, p99: 1230, max: 1230, ms },
      [voter('constructor')]: { n: 0, ok: 0, slow: 0, ms: ms.map(() => -1) },
    })

    /** The item as the AWS CLI reads it. */
    async function item(at: string): Promise<unknown> {
      const Key = { pk: `CHECK#${name}`, sk: `HOUR#${at}` }
      return (await started.client.send(new GetCommand({ TableName: localTable, Key }))).Item
    }

    test('stands under its beginning, on plain numbers', async () => {
      await store.putHour(name, tick(1_790_002_800), hour([12.3, -2, 1230]))
      expect(await item('2026-09-21T15:00:00Z')).toEqual({
        pk: `CHECK#${name}`,
        sk: 'HOUR#2026-09-21T15:00:00Z',
        voters: hour([12.3, -2, 1230]),
      })
      expect(await item('2026-09-21T14:00:00Z')).toBeUndefined()
    })

    test('is there once, as it was written last', async () => {
      await store.putHour(name, tick(1_790_002_800), hour([12.3]))
      await store.putHour(name, tick(1_790_002_800), hour([12.3, 45.6]))
      expect(await item('2026-09-21T15:00:00Z')).toMatchObject({ voters: hour([12.3, 45.6]) })
    })

    test('is no event and no status', async () => {
      await store.putHour(name, tick(1_790_002_800), hour([12.3]))
      expect(await store.events(name, 10)).toEqual([])
      expect(await store.status(name)).toBeUndefined()
    })
  })

  describe('the deployment', () => {
    // A table has one such item, so these cases run one after the other.
    const deployed: Deployment = {
      homes: ['us-east-1'],
      voters: ['us-east-1', 'constructor'],
      operators: 'ops',
      contacts: { ops: '0123456789ab', constructor: 'ba9876543210' },
      secrets: { 'us-east-1': ['ssm:/example/token'], constructor: [] },
    }

    test('is undefined around a table that no deployment has made', async () => {
      expect(await store.deployment()).toBeUndefined()
    })

    test('comes back as it was', async () => {
      await store.putDeployment(deployed)
      expect(await store.deployment()).toEqual(deployed)
    })

    test('is whole what the last one said: what that left out is gone', async () => {
      const { operators, ...without } = deployed
      const next = { ...without, contacts: {} }
      await store.putDeployment(next)
      expect(await store.deployment()).toEqual(next)
    })

    test('is no part of the plan', async () => {
      expect(await store.currentPlan()).toEqual({ revision: 0, entries: [] })
    })
  })

  describe('the plan', () => {
    // A table has one CURRENT item, so these cases run one after the other.
    const entries = [
      { version: version('0123456789ab'), from: tick(t0) },
      { version: version('ba9876543210'), from: tick(t0 + 180) },
    ]

    test('is announced by nobody at first', async () => {
      expect(await store.currentPlan()).toEqual({ revision: 0, entries: [] })
    })

    test('is announced by one of many', async () => {
      const outcomes = await Promise.all(
        entries.map((entry) => store.putCurrentPlan({ revision: 0, entries: [entry] })),
      )
      expect(outcomes.toSorted()).toEqual(['conflict', 'written'])
      expect(await store.currentPlan()).toEqual({
        revision: 1,
        entries: [entries[outcomes.indexOf('written')]],
      })
    })

    test('is changed by who has read the one before', async () => {
      expect(await store.putCurrentPlan({ revision: 0, entries })).toBe('conflict')
      expect(await store.putCurrentPlan({ revision: 1, entries })).toBe('written')
      expect(await store.currentPlan()).toEqual({ revision: 2, entries })
    })

    test('is changed by who was first, also where the answer to the write was lost', async () => {
      expect(await repeating.putCurrentPlan({ revision: 2, entries })).toBe('written')
      expect(await store.currentPlan()).toEqual({ revision: 3, entries })
    })

    test('has documents, which come back to the letter and may be written again', async () => {
      const part = `60s-abcdef-${count}`
      const json = JSON.stringify({ name: 'ünïcödé \u0000 "quoted" 🛰', long: 'x'.repeat(190 * 1024) })
      expect(await store.document(entries[0]!.version, part)).toBeUndefined()
      await store.putDocument(entries[0]!.version, part, json)
      await store.putDocument(entries[0]!.version, part, json)
      expect(await store.document(entries[0]!.version, part)).toBe(json)
      expect(await store.document(entries[1]!.version, part)).toBeUndefined()
    })
  })
}
