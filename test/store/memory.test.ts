import { describe } from 'vitest'
import { memoryTable } from '../fixtures/memory-table.ts'
import { storeContract } from './contract.ts'

describe('the store on the table in memory', () => {
  storeContract(async () => ({ client: memoryTable(), close: async () => {} }))
})
