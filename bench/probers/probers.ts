import { fork } from 'node:child_process'
import { once } from 'node:events'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { systemClock as clock } from '../../functions/runtime/clock.ts'
import { createResolver } from '../../shared/network/resolve.ts'
import type { PlannedCheck } from '../../shared/plan/plan.ts'
import { probeShard } from '../../shared/probing/shard.ts'
import type { Bench, Line, Run } from '../bench.ts'
import { median } from '../statistics.ts'
import { bareLooks, loopWithoutTimeouts, loopWithTimeouts } from './bare.ts'
import { checkOf, timeoutMs } from './checks.ts'
import { type Endpoint, type Kind, kinds, type Serving } from './servers.ts'

const checksPerTick = 200
/** The default of `probeShard`. */
const concurrency = 50
/** Chosen so that each loop's turn takes about 30 ms: a TLS handshake costs thirty times as much as a datagram. */
const ticksPerTurn: Readonly<Record<Kind, number>> = { tcp: 5, http: 2, https: 1, tls: 1, dns: 6 }
/** Time to compile code and fill pools before anything counts. */
const warmUpMs = 3_000

export const probers: Bench = {
  name: 'probers',
  title: 'Probers on loopback',
  async run(run) {
    const servers = fork(fileURLToPath(new URL('servers.ts', import.meta.url)))
    try {
      const [serving] = (await once(servers, 'message')) as [Serving]
      // The root is added to the default CAs if Node supports it (since 24.5), otherwise passed as an option.
      const trusts = typeof setDefaultCACertificates === 'function'
      if (trusts) setDefaultCACertificates([...getCACertificates('default'), serving.ca])
      const ca = trusts ? undefined : serving.ca
      const lines: Line[] = []
      for (const kind of kinds) lines.push(await measure(kind, serving.endpoints[kind], ca, run))
      return { notes, lines }
    } finally {
      servers.disconnect()
    }
  },
}

const notes = [
  `One tick is ${checksPerTick} checks, ${concurrency} at a time, through probeShard; the servers run in another process.`,
  'CPU: user and system time of the probing process. The loops take turns; medians over all turns.',
  'bare: node:net, node:http, node:tls and node:dgram alone, with one connection or socket per probe, the same request,',
  'TLS options and concurrency, and an AbortController and a timer per probe. It checks the status, the certificate or',
  'the address and classifies nothing. naked: the same without timeouts. Both create a TLS context per connection, as',
  'Node does by default; our probers share one unless a check has its own certificates.',
]

async function measure(
  kind: Kind,
  endpoints: readonly Endpoint[],
  ca: string | undefined,
  { short, progress }: Run,
): Promise<Line> {
  const spread = Array.from({ length: checksPerTick }, (_, index) => endpoints[index % endpoints.length]!)
  const checks = spread.map((endpoint, index) => checkOf(kind, endpoint, ca, index))
  const look = bareLooks(ca)[kind]
  const loops = {
    ours: () => probeTick(checks),
    bare: () => loopWithTimeouts(look, spread, concurrency, timeoutMs),
    naked: () => loopWithoutTimeouts(look, spread, concurrency),
  }
  const turns: Record<keyof typeof loops, Cost>[] = []
  const names = Object.keys(loops) as (keyof typeof loops)[]
  const measureMs = short ? 5_000 : 15_000
  const startMs = performance.now()
  for (let turn = 0; performance.now() - startMs < warmUpMs + measureMs; turn++) {
    const isWarm = performance.now() - startMs > warmUpMs
    progress(`probers: ${kind}, ${isWarm ? `turn ${turns.length + 1}` : 'warming up'}`)
    const costs: Partial<Record<keyof typeof loops, Cost>> = {}
    // A loop inherits the garbage of the previous one, so each of them comes first equally often.
    for (let place = 0; place < names.length; place++) {
      const loop = names[(turn + place) % names.length]!
      costs[loop] = await costOf(loops[loop], ticksPerTurn[kind])
    }
    if (isWarm) turns.push(costs as Record<keyof typeof loops, Cost>)
  }
  const cpuMs = (loop: keyof typeof loops) => median(turns.map((turn) => turn[loop].cpuMs))
  const ratioTo = (loop: 'bare' | 'naked') => median(turns.map((turn) => turn.ours.cpuMs / turn[loop].cpuMs))
  return {
    what: kind,
    values: {
      'checks/s': 1000 / median(turns.map(({ ours }) => ours.wallMs)),
      'CPU ms/check': cpuMs('ours'),
      'bare CPU ms': cpuMs('bare'),
      '÷ bare': ratioTo('bare'),
      'naked CPU ms': cpuMs('naked'),
      '÷ naked': ratioTo('naked'),
    },
    targets: [{ value: '÷ bare', atMost: 1.3 }],
  }
}

/** The cost of one check. */
interface Cost {
  readonly wallMs: number
  readonly cpuMs: number
}

async function costOf(tick: () => Promise<void>, ticks: number): Promise<Cost> {
  const startMs = performance.now()
  const start = process.cpuUsage()
  for (let count = 0; count < ticks; count++) await tick()
  const { user, system } = process.cpuUsage(start)
  const wallMs = performance.now() - startMs
  const probes = ticks * checksPerTick
  return { wallMs: wallMs / probes, cpuMs: (user + system) / 1000 / probes }
}

async function probeTick(checks: readonly PlannedCheck[]): Promise<void> {
  const probed = await probeShard(
    { checks },
    {
      clock,
      createResolver: () => createResolver(),
      secret: async (text) => text,
      privateAllowed: true,
      concurrency,
      deadlineMs: clock.now() + timeoutMs,
    },
  )
  for (const { vote } of probed) {
    if (vote.vote !== 'online') throw new Error(`a probe of this benchmark failed: ${JSON.stringify(vote)}`)
  }
}
