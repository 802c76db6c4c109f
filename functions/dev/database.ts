import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateTableCommand, ResourceInUseException } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import dynalite from 'dynalite'
import { tableClient } from '../runtime/home.ts'

export const localTable = 'upquorum'

/** Any credentials do: nothing here looks at them. */
export const localCredentials = { accessKeyId: 'local', secretAccessKey: 'local' }

export interface Database {
  readonly client: DynamoDBDocumentClient
  close(): Promise<void>
}

/** Starts the embedded DynamoDB with its one table, on disk at `path` or, without one, in memory. */
export async function startDatabase(path?: string): Promise<Database> {
  const server = dynalite({ createTableMs: 0, ...(path === undefined ? {} : { path }) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = tableClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'local',
    credentials: localCredentials,
  })
  await createTable(client)
  return {
    client,
    async close() {
      client.destroy()
      await closed(server)
    },
  }
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
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
