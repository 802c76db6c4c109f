import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateTableCommand, ResourceInUseException, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import dynalite from 'dynalite'
import { tableClient } from '../../runtime/home.ts'

export const localTable = 'upquorum'

/** Any credentials do: nothing here looks at them. */
export const localCredentials = { accessKeyId: 'local', secretAccessKey: 'local' }

/** How long the table may take to be created, and how often to look, in seconds. */
const creation = { maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.1 }

export interface Database {
  /** Where it answers. */
  readonly url: string
  readonly client: DynamoDBDocumentClient
  close(): Promise<void>
}

/** Starts the embedded DynamoDB with its one table, on disk at `path` or, without one, in memory. */
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

/** A client for a local table that answers at `url`. */
export function localClient(url: string): DynamoDBDocumentClient {
  return tableClient({ endpoint: url, region: 'local', credentials: localCredentials })
}

/** Creates the table as the home stack does, where it is not there yet. */
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
  // A table is not there for writers before it is ACTIVE, not even an embedded one.
  await waitUntilTableExists({ client, ...creation }, { TableName: localTable })
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
