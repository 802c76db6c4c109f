import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { CommandFailure } from '../cli/failure.ts'

/** Where `dev` keeps its data between runs. */
export interface Folder {
  readonly databasePath: string
}

/**
 * Takes a data folder for this process. The database's own lock decides who holds it: the system frees it
 * when its holder ends, however that happens. A note beside it tells the next one who that is.
 *
 * @throws CommandFailure when another process holds it or it cannot be written.
 */
export async function takeFolder(path: string): Promise<Folder> {
  const databasePath = join(path, 'table')
  const notePath = join(path, 'holder.json')
  try {
    mkdirSync(databasePath, { recursive: true })
    const database = new ClassicLevel(databasePath)
    await database.open()
    await database.close()
    writeFileSync(join(path, '.gitignore'), '*\n')
    writeFileSync(notePath, `${JSON.stringify({ pid: process.pid, since: new Date().toISOString() })}\n`)
  } catch (error) {
    if (isLocked(error))
      throw new CommandFailure(`${path} is held by ${holder(notePath)}; stop it or use another --data`)
    throw new CommandFailure(`cannot keep data in ${path}: ${reasonOf(error)}`)
  }
  return { databasePath }
}

function isLocked(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: string } }
  return cause?.code === 'LEVEL_LOCKED'
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error
  return cause instanceof Error ? cause.message : message
}

function holder(notePath: string): string {
  try {
    const { pid, since } = JSON.parse(readFileSync(notePath, 'utf8')) as { pid: number; since: string }
    return `another upquorum (process ${pid}, since ${since})`
  } catch {
    return 'another upquorum'
  }
}
