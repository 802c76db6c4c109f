import {
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  UpdateTableCommand,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb'
import { isNotFound } from '../../functions/cli/aws-failure.ts'
import { CommandFailure } from '../../functions/terminal/failure.ts'
import { tableName } from '../names.ts'
import type { Access } from './access.ts'

/** A table as DynamoDB describes it. */
export interface FoundTable {
  readonly region: string
  /** The names of its key attributes. */
  readonly keys: readonly string[]
  /** Whether deletion protection is on, which also prevents deletion with its stack. */
  readonly isProtected: boolean
  /** Items and bytes at DynamoDB's last count, which it updates every six hours. */
  readonly items: number
  readonly bytes: number
  readonly since: Date | undefined
}

/** Finds the table in a region; undefined if there is none. Throws what the SDK throws. */
export async function findTable(region: string, access: Access): Promise<FoundTable | undefined> {
  const client = new DynamoDBClient(access(region))
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }))
    if (Table === undefined || Table.TableStatus === 'DELETING') return
    return {
      region,
      keys: (Table.KeySchema ?? []).flatMap(({ AttributeName }) => AttributeName ?? []),
      isProtected: Table.DeletionProtectionEnabled === true,
      items: Table.ItemCount ?? 0,
      bytes: Table.TableSizeBytes ?? 0,
      since: Table.CreationDateTime,
    }
  } catch (error) {
    if (isNotFound(error)) return
    throw error
  } finally {
    client.destroy()
  }
}

/** Whether a table has the keys of an upquorum table; another application may use the same name. */
export function isOurs({ keys }: FoundTable): boolean {
  return keys.join() === 'pk,sk'
}

/**
 * Refuses to deploy where another application's table has our name: `--import-existing-resources` would adopt it.
 *
 * @throws {CommandFailure} with every home that has such a table.
 */
export function refuseForeignTables(homes: readonly string[], tables: readonly FoundTable[]): void {
  const foreign = tables.filter((table) => homes.includes(table.region) && !isOurs(table))
  if (foreign.length === 0) return
  const lines = foreign.map(
    (table) =>
      `${wordTable(table)} has the ${table.keys.length === 1 ? 'key' : 'keys'} ${table.keys.join(' and ')}, not pk and sk: it is not an upquorum table. ` +
      'Move the home to another region, or rename that table',
  )
  throw new CommandFailure([...lines, 'nothing was changed'].join('\n'))
}

/** Deletes a table, protected or not, and waits until it is gone. Throws what the SDK throws. */
export async function deleteTable({ region, isProtected }: FoundTable, access: Access): Promise<void> {
  const client = new DynamoDBClient(access(region))
  const TableName = tableName
  try {
    if (isProtected)
      await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }))
    await client.send(new DeleteTableCommand({ TableName }))
    await waitUntilTableNotExists({ client, maxWaitTime: 600, minDelay: 1, maxDelay: 5 }, { TableName })
  } finally {
    client.destroy()
  }
}

/** Describes a table: `the table upquorum in eu-west-1 (12,345 items, 3.4 MB at the last count; since 2026-11-02)`. */
export function wordTable({ region, items, bytes, since }: FoundTable): string {
  const size = `${(bytes / 1e6).toFixed(1)} MB`
  const day = since === undefined ? '' : `; since ${since.toISOString().slice(0, 10)}`
  return `the table ${tableName} in ${region} (${items.toLocaleString('en-US')} items, ${size} at the last count${day})`
}
