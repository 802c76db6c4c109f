import { readFileSync } from 'node:fs'
import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, localTable, startDatabase } from '../../functions/dev/cloud/database.ts'
import { offline } from '../../shared/quorum/ballot.ts'
import { initialState } from '../../shared/quorum/state.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import { check, shardId, tick, version, voter } from '../fixtures/words.ts'

// Every `aws dynamodb` command of docs/data.md, asked of a table with one item of each kind.

const at = tick(1_795_600_800)
const [shard, web, plan] = [shardId('60s-3f2a9c01-1'), check('web'), version('0123456789ab')]
const region = voter('eu-west-1')

describe('a query of docs/data.md', () => {
  let database: Database
  beforeAll(async () => {
    database = await startDatabase()
    const store = dynamoStore(database.client, localTable)
    const event = { from: 'online', to: 'offline', tick: at, votes: {} } as const
    const failed = { web: { reason: 'refused', detail: 'refused' } } as const
    await store.putBallot(
      shard,
      { voter: region, tick: at, plan, ms: [offline], failed },
      { late: false, expires: at },
    )
    const judged = { version: plan, voters: [region], checks: [] }
    await store.putState(initialState(shard, judged, at, 60))
    await store.putSent({ shard, revision: 0, leaseUntilMs: 0, cursors: {}, failing: {}, dead: {} })
    await store.putEvent(web, event)
    await store.putStatus(web, { ...event, label: 'web' })
    await store.putCurrentPlan({ revision: 0, entries: [{ version: plan, from: at }] })
    await store.putDocument(plan, '~index', '{}')
    await store.putDocument(plan, shard, '{}')
  })
  afterAll(() => database.close())

  const commands = commandsIn(readFileSync('docs/data.md', 'utf8'))

  test('is one of ten or more', () => {
    expect(commands.length).toBeGreaterThanOrEqual(10)
  })

  test.each(commands)('%s finds what it says', async (_command, verb, options) => {
    const TableName = options['table-name']
    const found =
      verb === 'get-item'
        ? [(await database.client.send(new GetItemCommand({ TableName, Key: read(options.key) }))).Item]
        : (
            await database.client.send(
              new QueryCommand({
                TableName,
                KeyConditionExpression: options['key-condition-expression'],
                ExpressionAttributeValues: read(options['expression-attribute-values']),
                ScanIndexForward: !('no-scan-index-forward' in options),
              }),
            )
          ).Items
    expect(found).toEqual([expect.objectContaining({ pk: expect.anything() })])
  })
})

const read = (json: string | undefined) => JSON.parse(json!)

type Call = [command: string, verb: string, options: Readonly<Record<string, string>>]

/** The calls of a page: their verb, and their options as the shell hands them on. */
function commandsIn(page: string): Call[] {
  const shell = [...page.matchAll(/^```sh\n(.*?)^```/gms)]
    .map(([, text]) => text!.replaceAll('\\\n', ' '))
    .join('\n')
  return shell
    .split('\n')
    .filter((line) => line.startsWith('aws dynamodb '))
    .map((line) => {
      const words = [...line.matchAll(/'([^']*)'|"[^"]*"|(\S+)/g)].map(([whole, quoted]) => quoted ?? whole)
      const options: Record<string, string> = {}
      for (const [index, word] of words.entries())
        if (word.startsWith('--')) options[word.slice(2)] = words[index + 1] ?? ''
      return [line, words[2]!, options]
    })
}
