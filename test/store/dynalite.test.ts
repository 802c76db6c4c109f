import type { PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, localTable, startDatabase } from '../../functions/dev/cloud/database.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import { shardId, tick, version, voter } from '../fixtures/words.ts'
import { storeContract } from './contract.ts'

describe('the store on dynalite', () => {
  storeContract(startDatabase)
})

describe('what a ballot costs', () => {
  let database: Database
  const units: number[] = []
  beforeAll(async () => {
    database = await startDatabase()
    database.client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName !== 'PutItemCommand') return next(args)
        const input = args.input as PutCommand['input']
        const result = await next({ ...args, input: { ...input, ReturnConsumedCapacity: 'TOTAL' } })
        const { ConsumedCapacity } = result.output as { ConsumedCapacity: { CapacityUnits: number } }
        units.push(ConsumedCapacity.CapacityUnits)
        return result
      },
      { step: 'initialize' },
    )
  })
  afterAll(() => database.close())

  /** The write units of one ballot, by default of the region with the longest name. */
  async function unitsOf(ms: readonly number[], name = 'ap-southeast-2'): Promise<number> {
    const store = dynamoStore(database.client, localTable)
    const ballot = {
      voter: voter(name),
      tick: tick(1_790_000_040),
      plan: version('0123456789ab'),
      ms,
      failed: {},
    }
    const shard = shardId(`60s-abcdef-${units.length}`)
    await store.putBallot(shard, ballot, { late: false, expires: 1_792_592_040 })
    return units.at(-1)!
  }

  test.each([
    ['tens of ms', 12.3],
    ['hundreds of ms', 123],
    ['parts of a ms', 0.123],
    ['seconds', 1230],
    ['tens of seconds', 12_300],
  ])('200 latencies of %s are one write unit', async (_words, ms) => {
    expect(await unitsOf(Array<number>(200).fill(ms))).toBe(1)
  })

  test('200 checks that all are offline, but for their reasons, are one write unit', async () => {
    expect(await unitsOf(Array<number>(200).fill(-2))).toBe(1)
  })

  test('a runner with the longest name still votes for one write unit', async () => {
    expect(await unitsOf(Array<number>(200).fill(12.3), 'r'.repeat(64))).toBe(1)
  })

  test('300 latencies are two: the measure itself measures', async () => {
    expect(await unitsOf(Array<number>(300).fill(12.3))).toBe(2)
  })
})
