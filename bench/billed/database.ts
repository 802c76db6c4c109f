// The table, in a process of its own: what it costs must not count.
import { startDatabase } from '../../functions/dev/cloud/database.ts'

const database = await startDatabase()
process.on('disconnect', () => process.exit())
process.send?.(database.url)
