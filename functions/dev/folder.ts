import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { CommandFailure } from '../terminal/failure.ts'

/** The default folder in which `dev` keeps its data between runs. */
export const defaultFolder = '.upquorum'

/** The process that holds a data folder, and the addresses of its services. */
export interface Holder {
  readonly pid: number
  readonly since: string
  /** The absolute path of its configuration. */
  readonly file?: string
  /** The URL of the table. */
  readonly database?: string
  /** The URL that plays SNS and SQS. */
  readonly services?: string
}

export interface Folder {
  readonly databasePath: string
  /** The configuration of the last run in this folder, if it is known and was another file. */
  readonly formerFile: string | undefined
  /** Records the addresses of this run's services, for commands that connect to it. */
  announce(addresses: Pick<Holder, 'database' | 'services'>): void
  release(): Promise<void>
}

/**
 * Takes a data folder for this process, and writes `holder.json` for other processes to read.
 *
 * @param file the absolute path of the configuration to run.
 * @throws {CommandFailure} when another process holds the folder or it cannot be written.
 */
export async function takeFolder(path: string, file: string): Promise<Folder> {
  const note: Holder = { pid: process.pid, since: new Date().toISOString(), file }
  const write = (holder: Holder) => writeFileSync(notePath(path), `${JSON.stringify(holder)}\n`)
  try {
    makeFolder(path)
    const release = await holdFolder(path)
    if (release === undefined) {
      const { pid, since } = readHolder(path) ?? {}
      throw new CommandFailure(
        `${path} is in use by another upquorum (process ${pid ?? 'unknown'}, since ${since ?? 'unknown'}); ` +
          'stop that one, or choose another folder with --data',
      )
    }
    writeFileSync(join(path, '.gitignore'), '*\n')
    const former = readHolder(path)?.file
    write(note)
    return {
      databasePath: databasePath(path),
      formerFile: former === file ? undefined : former,
      announce: (to) => write({ ...note, ...to }),
      release,
    }
  } catch (error) {
    if (error instanceof CommandFailure) throw error
    throw new CommandFailure(`cannot keep data in ${path}: ${reasonOf(error)}`)
  }
}

/** The path of the table in a data folder. */
export function databasePath(path: string): string {
  return join(path, 'table')
}

/**
 * Locks an existing data folder. The lock is that of an empty LevelDB: only one process can hold it, and the system
 * releases it when that process ends for any reason.
 *
 * @returns a function that releases the folder; undefined when another process holds it.
 * @throws when its data cannot be read.
 */
export async function holdFolder(path: string): Promise<(() => Promise<void>) | undefined> {
  const lock = new ClassicLevel(join(path, 'lock'))
  try {
    await lock.open()
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } }
    if (cause?.code === 'LEVEL_LOCKED') return undefined
    throw error
  }
  try {
    // Opened here for its error: dynalite would only report that the database is closed.
    const table = new ClassicLevel(databasePath(path))
    await table.open()
    await table.close()
  } catch (error) {
    await lock.close()
    throw error
  }
  return () => lock.close()
}

/** Whether a process holds the folder now. */
export async function isHeld(path: string): Promise<boolean> {
  // Opening the lock would create the folder.
  if (!existsSync(path)) return false
  const release = await holdFolder(path)
  await release?.()
  return release === undefined
}

/** Creates one level at a time: Node 24's recursive `mkdir` never returns below /proc, where nothing can be created. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(resolve(path)))
  mkdirSync(path)
}

/** Reads the folder's current or last holder; undefined if there is none or it cannot be read. */
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
