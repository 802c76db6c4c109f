import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRoot } from '../../functions/dev/demo/certificates.ts'
import { systemClock } from '../../functions/runtime/clock.ts'
import type { CheckName } from '../../shared/check.ts'
import type { Clock } from '../../shared/clock.ts'
import { createResolver } from '../../shared/network/resolve.ts'
import type { PlannedCheck } from '../../shared/plan/plan.ts'
import type { TcpTarget } from '../../shared/probers/tcp/tcp.ts'
import { probeShard } from '../../shared/probing/shard.ts'
import { answerLines, reset, silent, start, type TestServer } from '../fixtures/servers.ts'

const ticks = 50
const checksPerTick = 200
/** Enough for everything that is created once, such as V8's own structures. */
const warmUpTicks = 10

const fates = ['answers', 'resets', 'keeps silent', 'speaks TLS'] as const
let servers: Readonly<Record<(typeof fates)[number], TestServer>>

beforeAll(async () => {
  const identity = await (await createRoot('Root')).issue(['127.0.0.1'])
  const host = '0.0.0.0'
  servers = {
    answers: await start(
      answerLines(() => 'PONG\n'),
      { host },
    ),
    resets: await start(reset, { host }),
    'keeps silent': await start(silent, { host }),
    'speaks TLS': await start(
      answerLines(() => 'PONG\n'),
      { host, tls: identity },
    ),
  }
})
afterAll(async () => {
  for (const server of Object.values(servers)) await server.close()
})

/** Of 200 checks, 180 get a plain answer; the others are reset, kept waiting or use TLS. */
function fateOf(index: number): (typeof fates)[number] {
  if (index % 40 === 0) return 'speaks TLS'
  if (index % 40 === 1) return 'keeps silent'
  return index % 20 === 2 ? 'resets' : 'answers'
}

function checkFor(index: number): PlannedCheck {
  const fate = fateOf(index)
  // Targets are spread over many loopback addresses: ten thousand connections between two addresses leave
  // TIME_WAIT entries that make the kernel's search for a free port the main cost of the test.
  const target: TcpTarget = {
    host: `127.0.${1 + (index % 50)}.${1 + index}`,
    port: servers[fate].port,
    send: { form: 'line', text: 'PING' },
    expect: { form: 'contains', text: 'PONG' },
    ...(fate === 'speaks TLS' && { tls: { verify: false } }),
  }
  return {
    name: `check-${index}` as CheckName,
    kind: 'tcp',
    target,
    label: '',
    timeoutMs: fate === 'keeps silent' ? 20 : 10_000,
    confirmations: 1,
    delay: { down: 1, up: 1 },
    alerts: [],
    tags: [],
    allowPrivate: true,
  }
}

/** The real clock, counting timers that have neither fired nor been cancelled. */
function countingClock() {
  const waiting = new Set<object>()
  const clock: Clock = {
    ...systemClock,
    timer(delayMs, callback) {
      const key = {}
      waiting.add(key)
      const cancel = systemClock.timer(delayMs, () => {
        waiting.delete(key)
        callback()
      })
      return () => {
        waiting.delete(key)
        cancel()
      }
    },
  }
  return { clock, waiting: () => waiting.size }
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Handles and requests of connections and look-ups that keep Node's event loop alive. */
function openResources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /^(TCP|TLS|UDP|GetAddr|Query|Connect|Shutdown)/.test(name))
}

test('after ten thousand probes nothing is left: no socket, no timer, no listener, no memory', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  const { clock, waiting } = countingClock()
  const checks = Array.from({ length: checksPerTick }, (_, index) => checkFor(index))
  const resourcesBefore = openResources()
  const seen: Record<string, number> = {}

  const runTicks = async (count: number) => {
    for (let tick = 0; tick < count; tick++) {
      const all = await probeShard(
        { checks },
        { clock, createResolver: () => createResolver(), secret: async (text) => text, privateAllowed: true },
      )
      for (const [index, { vote }] of all.entries()) {
        const fate = fateOf(index)
        // If the machine freezes this process for 25 ms, a timeout of 20 ms becomes an abstention.
        const stopped = fate === 'keeps silent' && (vote.vote === 'offline' || vote.vote === 'abstain')
        const end = vote.vote === 'offline' ? vote.reason : vote.vote
        const key = `${fate}: ${stopped ? 'stopped' : end}`
        seen[key] = (seen[key] ?? 0) + 1
      }
    }
    const openOnServers = () => Object.values(servers).reduce((sum, server) => sum + server.open(), 0)
    await expect.poll(openOnServers).toBe(0)
    collectGarbage()
    return process.memoryUsage().heapUsed
  }

  const heapBefore = await runTicks(warmUpTicks)
  const heapAfter = await runTicks(ticks - warmUpTicks)

  expect(seen).toEqual({
    'answers: online': 180 * ticks,
    'resets: reset': 10 * ticks,
    'keeps silent: stopped': 5 * ticks,
    'speaks TLS: online': 5 * ticks,
  })
  expect(waiting()).toBe(0)
  await expect.poll(openResources).toEqual(resourcesBefore)
  // One forgotten listener alone would take about 200 bytes per probe.
  expect((heapAfter - heapBefore) / (checksPerTick * (ticks - warmUpTicks))).toBeLessThan(200)
  expect(warnings).toEqual([])
  process.off('warning', onWarning)
})
