import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Address } from '../../shared/network/address.ts'
import { settledAccepts } from './accepts.ts'
import { address, layWire, namespacesMissing, type Program, type Wire } from './namespaces.ts'
import type { Question } from './prober.ts'

// Half-open probes next to other addresses, sockets and processes on the same machine.

if (namespacesMissing !== undefined)
  console.warn(`skipped: half-open probes beside others of their machine. ${namespacesMissing}.`)

const server: Address = { address: address.server, family: 4 }
const server6: Address = { address: address.server6, family: 6 }
const first = { 4: address.client, 6: address.client6 }
const second = { 4: '10.99.0.7', 6: 'fd99::7' }
const timeoutMs = 400

describe.skipIf(namespacesMissing !== undefined)('beside others', () => {
  let wire: Wire
  let prober: Program
  let listener: Program
  beforeAll(async () => {
    wire = layWire()
    for (const [own, prefix] of [
      [second[4], 24],
      [second[6], 64],
    ]) {
      const nodad = own === second[6] ? ['nodad'] : []
      const device = `uc${process.pid}`
      wire.run('client', ['ip', 'addr', 'add', `${own}/${prefix}`, 'dev', device, ...nodad])
    }
    listener = await wire.start('server', 'listener.ts')
    prober = await wire.start('client', 'prober.ts')
  })
  afterAll(() => wire.close())

  const ask = (question: Question, program = prober) => program.ask<Record<string, unknown>>(question)
  const accepts = () => settledAccepts(listener)

  describe.each(['raw', 'quickack', 'connect'] as const)('by the method %s', (method) => {
    beforeAll(async () => void (await ask({ open: method })))

    test.each([server, server6])('a firewall sees the source address that is asked for (%o)', async (to) => {
      const from = second[to.family]
      const ip = to.family === 4 ? 'ip' : 'ip6'
      wire.filter([`${ip} saddr ${from} tcp dport 9000 drop`])
      const other = first[to.family]
      expect(await ask({ shake: to, port: 9000, timeoutMs, from: other })).toMatchObject({ answer: 'open' })
      expect(await ask({ shake: to, port: 9000, timeoutMs, from })).toEqual({ answer: 'silent' })
      expect(await ask({ shake: to, port: 9001, timeoutMs, from })).toMatchObject({ answer: 'open' })
      expect(await ask({ shake: to, port: 8999, timeoutMs, from })).toMatchObject({ answer: 'closed' })
      wire.filter([])
    })

    test.each([
      [server, '10.99.0.8'],
      [server6, 'fd99::8'],
    ])('an address that is not ours is our own failure (%o)', async (to, from) => {
      expect(await ask({ shake: to, port: 9000, timeoutMs, from })).toEqual({ thrown: 'EADDRNOTAVAIL' })
    })

    test('loopback targets see each voter of a local run under its own address', async () => {
      const to: Address = { address: '127.0.0.1', family: 4 }
      wire.run('client', ['nft', '-f', '-'], firewall('ip saddr 127.0.2.1 tcp dport 9100 drop'))
      for (const [from, answer] of [
        ['127.0.1.1', 'closed'],
        ['127.0.2.1', 'silent'],
      ] as const) {
        expect(await ask({ shake: to, port: 9100, timeoutMs, from })).toMatchObject({ answer })
      }
      wire.run('client', ['nft', 'flush', 'ruleset'])
    })
  })

  describe('by raw sockets', () => {
    beforeAll(async () => void (await ask({ open: 'raw' })))

    test.each([server, server6])('pings come from the address that is asked for (%o)', async (to) => {
      const from = second[to.family]
      const rule = to.family === 4 ? `ip saddr ${from} icmp type` : `ip6 saddr ${from} icmpv6 type`
      wire.filter([`${rule} echo-request drop`])
      const other = first[to.family]
      expect(await ask({ ping: to, size: 56, timeoutMs, from: other })).toMatchObject({ answer: 'echo' })
      expect(await ask({ ping: to, size: 56, timeoutMs, from })).toEqual({ answer: 'silent' })
      wire.filter([])
      expect(await ask({ ping: to, size: 56, ttl: 3, timeoutMs, from })).toMatchObject({ answer: 'echo' })
    })

    test('a route for TCP alone does not make the checksum wrong', async () => {
      const rule = ['ipproto', 'tcp', 'lookup', '100']
      const device = `uc${process.pid}`
      const to = ['10.99.0.0/24', 'dev', device, 'src', second[4]]
      wire.run('client', ['ip', 'route', 'add', ...to, 'table', '100'])
      wire.run('client', ['ip', 'rule', 'add', ...rule])
      await ask({ open: 'raw' })
      expect(await ask({ shake: server, port: 9000, timeoutMs })).toMatchObject({ answer: 'open' })
      wire.run('client', ['ip', 'rule', 'del', ...rule])
    })

    test.each([server, server6])(
      'services of this machine on our source ports neither disturb nor are disturbed (%o)',
      async (to) => {
        const before = await accepts()
        const neighbour = await wire.start('client', 'neighbour.ts')
        await ask({ open: 'raw' })
        // Every source port is used at least once.
        const flood = { flood: to, count: 16_500, inFlight: 256, timeoutMs: 3000 }
        expect(await ask(flood)).toMatchObject({ tally: { open: 16_500 } })
        expect(await settledAccepts(neighbour)).toBe(0)
        expect(await accepts()).toBe(before)
        await neighbour.stop()
      },
      20_000,
    )

    test.each([server, server6])(
      'two processes that probe the same at once do not mistake the answers (%o)',
      async (to) => {
        // At most as many errors as the kernel sends in a burst (icmp_msgs_burst).
        wire.filter(['tcp dport 9000 reject with icmpx type admin-prohibited'])
        await ask({ open: 'raw' })
        const other = await wire.start('client', 'prober.ts')
        await ask({ open: 'raw' }, other)
        const flood: Question = { flood: to, count: 1280, inFlight: 200, timeoutMs: 3000 }
        const answers = await Promise.all([ask(flood), ask(flood, other)])
        for (const { tally } of answers) expect(tally).toEqual({ open: 1260, error: 20 })
        await other.stop()
        wire.filter([])
      },
      20_000,
    )
  })
})

function firewall(rule: string): string {
  return `table inet t {\nchain in {\ntype filter hook input priority 0\n${rule}\n}\n}\n`
}
