import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { CommandFailure } from '../cli/failure.ts'

/** Where `dev` keeps its data between runs, unless told otherwise. */
export const defaultFolder = '.upquorum'

/** Who holds a data folder, and where its services answer. */
export interface Holder {
  readonly pid: number
  readonly since: string
  /** The address of the table. */
  readonly database?: string
  /** The address that plays SNS. */
  readonly services?: string
}

export interface Folder {
  readonly databasePath: string
  /** Says where the services of this run answer, for the commands that want to talk to it. */
  announce(addresses: Pick<Holder, 'database' | 'services'>): void
}

/**
 * Takes a data folder for this process. The database's own lock decides who holds it: the system frees it
 * when its holder ends, however that happens. A note beside it tells others who that is.
 *
 * @throws CommandFailure when another process holds it or it cannot be written.
 */
export async function takeFolder(path: string): Promise<Folder> {
  const databasePath = join(path, 'table')
  const note: Holder = { pid: process.pid, since: new Date().toISOString() }
  const write = (holder: Holder) => writeFileSync(notePath(path), `${JSON.stringify(holder)}\n`)
  try {
    mkdirSync(databasePath, { recursive: true })
    if (await isHeld(path)) {
      const { pid, since } = readHolder(path) ?? {}
      throw new CommandFailure(
        `${path} is held by another upquorum (process ${pid ?? 'unknown'}, since ${since ?? 'unknown'}); ` +
          'stop that one, or keep the data of this one elsewhere with --data',
      )
    }
    writeFileSync(join(path, '.gitignore'), '*\n')
    write(note)
  } catch (error) {
    if (error instanceof CommandFailure) throw error
    throw new CommandFailure(`cannot keep data in ${path}: ${reasonOf(error)}`)
  }
  return { databasePath, announce: (addresses) => write({ ...note, ...addresses }) }
}

/** Whether a process holds the folder's database now. */
export async function isHeld(path: string): Promise<boolean> {
  // Looking must not make one.
  if (!existsSync(join(path, 'table'))) return false
  const database = new ClassicLevel(join(path, 'table'))
  try {
    await database.open()
    await database.close()
    return false
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } }
    if (cause?.code === 'LEVEL_LOCKED') return true
    throw error
  }
}

/** The note of the folder's present or last holder. */
export function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(notePath(path), 'utf8')) as Holder
  } catch {
    return undefined
  }
}

function notePath(path: string): string {
  return join(path, 'holder.json')
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error
  return cause instanceof Error ? cause.message : message
}
