import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Why network namespaces are unavailable here; undefined if they are available. */
export const namespacesMissing = reasonAgainst()

function reasonAgainst(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux'
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  const missing = [
    ['ip', '-V', 'iproute2'],
    ['nft', '-v', 'nftables'],
    ['setpriv', '-V', 'util-linux'],
  ].flatMap(([command, version, name]) =>
    spawnSync(command!, [version!]).error === undefined
      ? []
      : [`"apt-get install ${name}" brings ${command}`],
  )
  if (missing.length > 0) return missing.join('; ')
  return spawnSync('unshare', ['-n', 'true']).status === 0
    ? undefined
    : 'this kernel or container permits no network namespaces'
}

/** The two ends of a wire. The server also answers for 10.98.0.0/16 and fd98::/64. */
export const address = { client: '10.99.0.1', server: '10.99.0.2', client6: 'fd99::1', server6: 'fd99::2' }

/** A program in one of the namespaces. */
export interface Program {
  /** Sends a line and waits for the next one that the program prints. */
  ask<Answer>(question: unknown): Promise<Answer>
  readonly pid: number
  stop(): Promise<void>
}

/** A client and a server, each in a network namespace of its own, with a wire between them. */
export interface Wire {
  /** Replaces the server's packet filter: rules of an `inet` chain at `input`. */
  filter(rules: readonly string[]): void
  /** Runs a script in this folder. `as`: options for setpriv. */
  start(end: 'client' | 'server', script: string, options?: { as?: readonly string[] }): Promise<Program>
  /** Runs any other program that speaks the protocol of these scripts. */
  launch(end: 'client' | 'server', command: readonly string[]): Promise<Program>
  /** Runs a command to its end; throws when it fails. */
  run(end: 'client' | 'server', command: readonly string[], input?: string): void
  /** The prefix that runs a command in a namespace. */
  readonly within: Readonly<Record<'client' | 'server', readonly string[]>>
  close(): Promise<void>
}

export function layWire(): Wire {
  const name = { client: `upq-c${process.pid}`, server: `upq-s${process.pid}` }
  // Device names are limited to 15 characters.
  const device = { client: `uc${process.pid}`, server: `us${process.pid}` }
  const running = new Set<Program>()
  const ip = (...args: string[]) => run('ip', args)
  const within = (end: 'client' | 'server', ...args: string[]) =>
    run('ip', ['netns', 'exec', name[end], ...args])
  const launch = async (end: 'client' | 'server', command: readonly string[]) => {
    const program = await speak(
      spawn('ip', ['netns', 'exec', name[end], ...command], { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    running.add(program)
    return program
  }

  try {
    for (const end of ['client', 'server'] as const) ip('netns', 'add', name[end])
    ip('link', 'add', device.client, 'type', 'veth', 'peer', 'name', device.server)
    for (const end of ['client', 'server'] as const) {
      ip('link', 'set', device[end], 'netns', name[end])
      ip('-n', name[end], 'addr', 'add', `${address[end]}/24`, 'dev', device[end])
      ip('-n', name[end], 'addr', 'add', `${address[`${end}6`]}/64`, 'dev', device[end], 'nodad')
      for (const up of ['lo', device[end]]) ip('-n', name[end], 'link', 'set', up, 'up')
      // The tests need every ICMP error; by default the kernel rate-limits them (icmp(7)).
      within(end, 'sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0')
    }
    ip('-n', name.server, 'route', 'add', 'local', '10.98.0.0/16', 'dev', 'lo')
    ip('-n', name.server, '-6', 'route', 'add', 'local', 'fd98::/64', 'dev', 'lo')
    ip('-n', name.client, 'route', 'add', '10.98.0.0/16', 'via', address.server)
    ip('-n', name.client, '-6', 'route', 'add', 'fd98::/64', 'via', address.server6)
  } catch (error) {
    removeNamespaces(Object.values(name))
    throw error
  }

  return {
    filter(rules) {
      const chain = ['type filter hook input priority 0', ...rules].join('\n')
      const ruleset = `flush ruleset\ntable inet t {\nchain in {\n${chain}\n}\n}\n`
      run('ip', ['netns', 'exec', name.server, 'nft', '-f', '-'], ruleset)
    },
    start(end, script, { as = [] } = {}) {
      const path = new URL(script, import.meta.url).pathname
      return launch(end, [...(as.length > 0 ? ['setpriv', ...as] : []), process.execPath, path])
    },
    launch,
    run: (end, command, input) => run('ip', ['netns', 'exec', name[end], ...command], input),
    within: {
      client: ['ip', 'netns', 'exec', name.client],
      server: ['ip', 'netns', 'exec', name.server],
    },
    async close() {
      for (const program of running) await program.stop()
      removeNamespaces(Object.values(name))
    },
  }
}

/** Talks to a program in JSON lines; the first one it prints says that it is ready. */
async function speak(child: ChildProcess): Promise<Program> {
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const next = async () => {
    const { done, value } = await lines.next()
    if (done) throw new Error('the program in the namespace ended')
    return JSON.parse(value)
  }
  await next()
  return {
    async ask(question) {
      child.stdin!.write(`${JSON.stringify(question)}\n`)
      return next()
    },
    // "ip netns exec" replaces itself with the command, so the pid is the program's.
    pid: child.pid!,
    async stop() {
      child.stdin!.end()
      await ended
    },
  }
}

/** Deletes a namespace with its devices, routes and rules. */
function removeNamespaces(names: readonly string[]): void {
  for (const name of names) spawnSync('ip', ['netns', 'del', name])
}

function run(command: string, args: readonly string[], input = ''): void {
  const { status, stderr } = spawnSync(command, args, { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr}`)
}
