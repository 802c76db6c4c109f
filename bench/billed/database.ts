// The table, in its own process, so that its CPU time does not count.
import { startDatabase } from '../../functions/dev/cloud/database.ts'

const database = await startDatabase()
process.on('disconnect', () => process.exit())
process.send?.(database.url)
