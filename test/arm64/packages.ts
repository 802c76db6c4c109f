import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Unavailable } from '../deploy/python.ts'

/** The packages of the machine, without their dependencies. systemd is version 252, as in Amazon Linux 2023. */
const packages = [
  'linux-image-cloud-arm64',
  'systemd',
  'bash',
  'coreutils',
  'grep',
  'iproute2',
  'kmod',
  'libstdc++6',
  'mount',
  'python3',
]

const commands = {
  'qemu-system-aarch64': 'qemu-system-arm',
  'apt-get': 'apt',
  'dpkg-deb': 'dpkg',
  cpio: 'cpio',
  python3: 'python3',
}

/** @throws {Unavailable} when this machine cannot emulate arm64. */
export function requireCommands(): void {
  const missing = Object.entries(commands).filter(([command]) => spawnSync(command, ['--version']).error)
  if (missing.length > 0) {
    const names = missing.map(([command, name]) => `${command} ("apt-get install ${name}")`)
    throw new Unavailable(`needs ${names.join(', ')}`)
  }
}

/**
 * Fetches Debian's arm64 packages into `folder`. This system's apt downloads and verifies them, with separate lists so
 * that its own stay unchanged.
 *
 * @returns the paths of the packages.
 * @throws {Unavailable} when this machine's package archive has none for arm64.
 */
export function fetchPackages(folder: string): readonly string[] {
  const archives = join(folder, 'cache/archives')
  const isWhole = join(folder, 'whole')
  if (!existsSync(isWhole)) {
    for (const needed of ['state/lists/partial', 'cache/archives/partial'])
      mkdirSync(join(folder, needed), { recursive: true })
    try {
      apt(folder, 'update')
      apt(folder, 'install', '--download-only', '--yes', ...packages)
    } catch (error) {
      const { stderr = '' } = error as { stderr?: string }
      throw new Unavailable(`needs Debian's packages for arm64: ${stderr.trim() || String(error)}`)
    }
    writeFileSync(isWhole, '')
  }
  return readdirSync(archives)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => join(archives, name))
}

/** An empty status file, so that apt fetches every dependency. */
function apt(folder: string, ...args: readonly string[]): void {
  const options = {
    'APT::Architecture': 'arm64',
    'APT::Architectures': 'arm64',
    'APT::Install-Recommends': 'false',
    'APT::Sandbox::User': '',
    'Debug::NoLocking': 'true',
    'Dir::Cache': join(folder, 'cache'),
    'Dir::State': join(folder, 'state'),
    'Dir::State::status': '/dev/null',
  }
  const settings = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  execFileSync('apt-get', ['-qq', ...settings, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}
