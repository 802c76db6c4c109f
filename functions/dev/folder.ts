import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { CommandFailure } from '../terminal/failure.ts'

/** Where `dev` keeps its data between runs, unless told otherwise. */
export const defaultFolder = '.upquorum'

/** Who holds a data folder, and where its services answer. */
export interface Holder {
  readonly pid: number
  readonly since: string
  /** The absolute path of the configuration that it runs. */
  readonly file?: string
  /** The address of the table. */
  readonly database?: string
  /** The address that plays SNS. */
  readonly services?: string
}

export interface Folder {
  readonly databasePath: string
  /** Of the last run here, where that was known to be of another file. */
  readonly formerFile: string | undefined
  /** Says where the services of this run answer, for the commands that want to talk to it. */
  announce(addresses: Pick<Holder, 'database' | 'services'>): void
  release(): Promise<void>
}

/**
 * Takes a data folder for this process, and tells others who that is with a note.
 *
 * @param file the absolute path of the configuration to run.
 * @throws CommandFailure when another process holds it or it cannot be written.
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
        `${path} is held by another upquorum (process ${pid ?? 'unknown'}, since ${since ?? 'unknown'}); ` +
          'stop that one, or keep the data of this one elsewhere with --data',
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

/** Where a data folder has its table. */
export function databasePath(path: string): string {
  return join(path, 'table')
}

/**
 * Holds an existing data folder, by the lock of an empty database: of all who try at the same time one gets
 * it, and the system frees it when its holder ends, however that happens.
 *
 * @returns what releases it; undefined when another process holds it.
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
    // The embedded DynamoDB would only say that its database is closed.
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
  // Looking must not make one.
  if (!existsSync(path)) return false
  const release = await holdFolder(path)
  await release?.()
  return release === undefined
}

/** One level at a time: the recursive `mkdir` of Node 24 never ends below /proc, where nothing can be made. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(resolve(path)))
  mkdirSync(path)
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
