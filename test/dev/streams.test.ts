import type { DynamoDBRecord } from 'aws-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, localTable, startDatabase } from '../../functions/dev/cloud/database.ts'
import { isDue, isNewBallot, recordWrites } from '../../functions/dev/cloud/streams.ts'
import type { Tick } from '../../shared/check.ts'
import { initialHealth } from '../../shared/evaluation/monitor/health.ts'
import { packBallot } from '../../shared/quorum/ballot.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import { shardId, tick, version, voter } from '../fixtures/words.ts'
import { shardOf } from '../quorum/shards.ts'

let database: Database
let records: DynamoDBRecord[]
beforeAll(async () => {
  database = await startDatabase()
  recordWrites(database.client, (record) => records.push(record))
})
afterAll(() => database.close())

const shard = shardOf('p1', ['a'], ['web'])
const ballot = packBallot(
  { voter: voter('a'), tick: tick(1_790_000_040), plan: version('p1') },
  shard.checks,
  [{ vote: 'online', ms: 12.3 }],
)
const state = initialHealth(1_790_000_040 as Tick, version('p1'))

test('a write becomes the record that DynamoDB would make of it', async () => {
  records = []
  const store = dynamoStore(database.client, localTable)
  await store.putBallot(shardId('60s-records-1'), ballot, { late: false, expires: 1_792_592_040 })
  const key = { pk: { S: 'SHARD#60s-records-1' }, sk: { S: 'BALLOT#1790000040#a' } }
  expect(records).toEqual([
    {
      eventID: '1',
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      dynamodb: {
        Keys: key,
        NewImage: { ...key, plan: { S: 'p1' }, ms: { L: [{ N: '12.3' }] }, expires: { N: '1792592040' } },
        SequenceNumber: '1',
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    },
  ])
})

test('a write that loses its condition becomes no record, a second one has the image before it', async () => {
  const store = dynamoStore(database.client, localTable)
  records = []
  expect(await store.putState(state)).toBe('written')
  expect(await store.putState(state)).toBe('conflict')
  expect(await store.putState({ ...state, revision: 1, due: state.tick })).toBe('written')
  expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY'])
  expect(records[0]!.dynamodb).not.toHaveProperty('OldImage')
  expect(records[1]!.dynamodb?.OldImage).toEqual(records[0]!.dynamodb?.NewImage)
})

test('the filters of the event sources: new ballots for the quorum, outboxes that hold something for notify', async () => {
  const store = dynamoStore(database.client, localTable)
  records = []
  const id = shardId('60s-filters-1')
  await store.putBallot(id, ballot, { late: false, expires: 1 })
  await store.putBallot(id, ballot, { late: true, expires: 1 })
  await store.putState({ ...state, shard: id })
  await store.putState({ ...state, shard: id, revision: 1, due: state.tick })
  const names = records.map(({ dynamodb }) => dynamodb?.Keys?.sk?.S)
  expect(names).toEqual(['BALLOT#1790000040#a', 'LATE#1790000040#a', 'STATE', 'STATE'])
  expect(records.map(isNewBallot)).toEqual([true, false, false, false])
  expect(records.map(isDue)).toEqual([false, false, false, true])
})
