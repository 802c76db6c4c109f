import { existsSync } from 'node:fs'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { localClient, localTable, startDatabase } from './cloud/database.ts'
import { databasePath, holdFolder, readHolder } from './folder.ts'

/** Opens the table of a data folder: through the `dev` that runs there, or directly from disk if none does. */
export async function openStore(folder: string): Promise<{ store: Store; close(): Promise<void> }> {
  if (!existsSync(databasePath(folder))) {
    throw new CommandFailure(`${folder} contains no data; "upquorum dev" creates it`)
  }
  const release = await holdFolder(folder)
  if (release !== undefined) {
    const database = await startDatabase(databasePath(folder))
    return {
      store: dynamoStore(database.client, localTable),
      close: async () => {
        await database.close()
        await release()
      },
    }
  }
  const address = readHolder(folder)?.database
  if (address === undefined)
    throw new CommandFailure(`the upquorum that uses ${folder} is still starting; try again`)
  const client = localClient(address)
  return { store: dynamoStore(client, localTable), close: async () => client.destroy() }
}
