import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import { CommandFailure } from '../cli/failure.ts'
import { localClient, localTable, startDatabase } from './database.ts'
import { isHeld, readHolder } from './folder.ts'

/** The table of a data folder: that of the `dev` which runs there now, or what the last one left. */
export async function openStore(folder: string): Promise<{ store: Store; close(): Promise<void> }> {
  if (!existsSync(join(folder, 'table'))) {
    throw new CommandFailure(`there is no data in ${folder}; "upquorum dev" writes it`)
  }
  if (!(await isHeld(folder))) {
    const database = await startDatabase(join(folder, 'table'))
    return { store: dynamoStore(database.client, localTable), close: database.close }
  }
  const address = readHolder(folder)?.database
  if (address === undefined)
    throw new CommandFailure(`the upquorum that holds ${folder} is still starting; try again`)
  const client = localClient(address)
  return { store: dynamoStore(client, localTable), close: async () => client.destroy() }
}
