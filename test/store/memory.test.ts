import { describe } from 'vitest'
import { localTable } from '../../functions/dev/database.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import { memoryTable } from '../fixtures/memory-table.ts'
import { storeContract } from './contract.ts'

describe('the store on the table in memory', () => {
  storeContract(async () => ({ store: dynamoStore(memoryTable(), localTable), close: async () => {} }))
})
