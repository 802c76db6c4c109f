import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateTableCommand, ResourceInUseException, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import dynalite from 'dynalite'
import { tableClient } from '../../runtime/home.ts'

export const localTable = 'upquorum'

/** Placeholder credentials; nothing local verifies them. */
export const localCredentials = { accessKeyId: 'local', secretAccessKey: 'local' }

/** How long to wait for the table to be created and how often to poll, in seconds. */
const creation = { maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.1 }

export interface Database {
  readonly url: string
  readonly client: DynamoDBDocumentClient
  close(): Promise<void>
}

/** Starts an embedded DynamoDB (dynalite) with one table, on disk at `path` or, if absent, in memory. */
export async function startDatabase(path?: string): Promise<Database> {
  const server = dynalite({ createTableMs: 0, ...(path === undefined ? {} : { path }) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const client = localClient(url)
  await createTable(client)
  return {
    url,
    client,
    async close() {
      client.destroy()
      await closed(server)
    },
  }
}

/** Creates a client for the local table at `url`. */
export function localClient(url: string): DynamoDBDocumentClient {
  return tableClient({ endpoint: url, region: 'local', credentials: localCredentials })
}

/** Creates the table with the keys of the home stack, unless it exists. */
export async function createTable(client: DynamoDBDocumentClient): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: localTable,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      }),
    )
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error
  }
  // Writes fail before the table is ACTIVE, even in dynalite.
  await waitUntilTableExists({ client, ...creation }, { TableName: localTable })
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
