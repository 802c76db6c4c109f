import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const guest = join(import.meta.dirname, 'guest')

/** Kernel modules for qemu's devices. */
const drivers = [
  'drivers/virtio/virtio',
  'drivers/virtio/virtio_ring',
  'drivers/virtio/virtio_pci_legacy_dev',
  'drivers/virtio/virtio_pci_modern_dev',
  'drivers/virtio/virtio_pci',
  'drivers/block/virtio_blk',
  'net/core/failover',
  'drivers/net/net_failover',
  'drivers/net/virtio_net',
]

/** Services that this machine does not need: no device is hotplugged. */
const masked = ['systemd-udevd.service', 'systemd-udevd-control.socket', 'systemd-udevd-kernel.socket']

export interface Machine {
  readonly kernel: string
  /** The whole file system, held in memory. */
  readonly initrd: string
  /** The disk that replaces S3. */
  readonly disk: string
}

export interface Parts {
  /** Paths of Debian packages for arm64. */
  readonly packages: readonly string[]
  /** The archive that the CDK would upload to S3. */
  readonly asset: string
  /** The script that EC2 would pass to cloud-init. */
  readonly userData: string
  /** A systemd drop-in for the runner's unit. */
  readonly dropIn: string
}

/** Builds an arm64 machine from unpacked packages. They are not installed, which would run arm64 code on this host. */
export function makeMachine(folder: string, { packages, asset, userData, dropIn }: Parts): Machine {
  const root = join(folder, 'root')
  mkdirSync(root)
  for (const path of packages) execFileSync('dpkg-deb', ['--extract', path, root])
  const kernel = join(folder, 'kernel')
  mergeUsr(root)
  takeKernel(root, kernel)
  furnish(root)
  writeFileSync(join(root, 'user-data'), userData)
  const drop = join(root, 'etc/systemd/system/upquorum-runner.service.d')
  mkdirSync(drop)
  writeFileSync(join(drop, 'emulated.conf'), dropIn)

  const disk = join(folder, 'disk')
  execFileSync('python3', ['-m', 'zipfile', '-c', disk, ...readdirSync(asset)], { cwd: asset })
  writeFileSync(join(root, 'asset.size'), `${statSync(disk).size}\n`)
  const sector = 512
  truncateSync(disk, Math.ceil(statSync(disk).size / sector) * sector)

  const initrd = join(folder, 'initrd')
  const names = execFileSync('find', ['.', '-print0'], { cwd: root, maxBuffer: 64 * 1024 ** 2 })
  execFileSync('cpio', ['--create', '--format=newc', '--null', '--quiet', '--owner=0:0'], {
    cwd: root,
    input: names,
    stdio: ['pipe', openSync(initrd, 'w'), 'inherit'],
  })
  rmSync(root, { recursive: true })
  return { kernel, initrd, disk }
}

/** Debian packages still contain folders where installed systems have links into /usr. */
function mergeUsr(root: string): void {
  for (const name of ['bin', 'sbin', 'lib']) {
    const folder = join(root, name)
    if (existsSync(folder))
      cpSync(folder, join(root, 'usr', name), { recursive: true, verbatimSymlinks: true })
    rmSync(folder, { recursive: true, force: true })
    symlinkSync(`usr/${name}`, folder)
  }
}

function takeKernel(root: string, kernel: string): void {
  const modules = join(root, 'usr/lib/modules')
  const [version] = readdirSync(modules)
  renameSync(join(root, 'boot', `vmlinuz-${version}`), kernel)
  mkdirSync(join(root, 'modules'))
  for (const driver of drivers) {
    const path = `${driver}.ko`
    copyFileSync(join(modules, version!, 'kernel', path), join(root, 'modules', path.split('/').at(-1)!))
  }
  for (const unneeded of ['boot', 'usr/lib/modules', 'usr/share/doc', 'usr/share/man', 'usr/share/locale'])
    rmSync(join(root, unneeded), { recursive: true, force: true })
}

/** The effects of installing the packages, as far as they are needed here. */
function furnish(root: string): void {
  for (const folder of ['dev', 'proc', 'sys', 'run', 'tmp', 'var/tmp', 'root', 'opt/aws/bin'])
    mkdirSync(join(root, folder), { recursive: true })
  const etc = join(root, 'etc')
  writeFileSync(join(etc, 'passwd'), 'root:x:0:0:root:/root:/bin/bash\n')
  writeFileSync(join(etc, 'group'), 'root:x:0:\ntty:x:5:\nsystemd-journal:x:101:\n')
  writeFileSync(join(etc, 'nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files\n')
  writeFileSync(join(etc, 'machine-id'), '')
  const units = join(etc, 'systemd/system')
  for (const name of masked) symlinkSync('/dev/null', join(units, name))
  for (const name of ['story.service', 'story.target']) copyFileSync(join(guest, name), join(units, name))
  symlinkSync('story.target', join(units, 'default.target'))
  const programs = {
    init: 'init',
    story: 'story',
    aws: 'usr/bin/aws',
    'cfn-signal': 'opt/aws/bin/cfn-signal',
  }
  for (const [name, place] of Object.entries(programs)) {
    copyFileSync(join(guest, name), join(root, place))
    chmodSync(join(root, place), 0o755)
  }
}

/**
 * Runs the machine until it powers off. It reaches this host's loopback at 10.0.2.2 and nothing else.
 *
 * @param onLine receives the lines of its console.
 * @returns whether it powered off by itself.
 */
export async function runMachine(
  { kernel, initrd, disk }: Machine,
  withinMs: number,
  onLine: (line: string) => void,
): Promise<boolean> {
  const child = spawn(
    'qemu-system-aarch64',
    [
      ...['-machine', 'virt', '-cpu', 'neoverse-n1', '-smp', '2', '-m', '1024', '-nographic', '-no-reboot'],
      ...['-kernel', kernel, '-initrd', initrd],
      ...['-append', 'console=ttyAMA0 quiet systemd.show_status=false'],
      ...['-netdev', 'user,id=net', '-device', 'virtio-net-pci,netdev=net,romfile='],
      ...['-drive', `file=${disk},format=raw,if=virtio,readonly=on`],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = new Promise<number | null>((done, failed) => {
    child.on('error', failed)
    child.on('close', done)
  })
  const patience = setTimeout(() => child.kill('SIGKILL'), withinMs)
  createInterface(child.stdout).on('line', onLine)
  const code = await ended
  clearTimeout(patience)
  return code === 0
}
