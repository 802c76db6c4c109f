import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Address } from '../../shared/network/address.ts'
import { settledAccepts } from './accepts.ts'
import { address, layWire, namespacesMissing, type Program, type Wire } from './namespaces.ts'
import type { Question } from './prober.ts'

// Real packets between two network namespaces.

if (namespacesMissing !== undefined)
  console.warn(`skipped: half-open probes and pings on a real wire. ${namespacesMissing}.`)

const server: Address = { address: address.server, family: 4 }
const server6: Address = { address: address.server6, family: 6 }
const timeoutMs = 400
/** How long an answer over this wire may take while the machine is busy with other tests. */
const plausibleUs = 300_000

describe.skipIf(namespacesMissing !== undefined)('on a wire', () => {
  let wire: Wire
  let prober: Program
  let listener: Program
  let capture: Program
  beforeAll(async () => {
    wire = layWire()
    listener = await wire.start('server', 'listener.ts')
    capture = await wire.start('server', 'capture.ts')
    prober = await wire.start('client', 'prober.ts')
    await ask({ open: 'raw' })
  })
  afterAll(() => wire.close())

  const ask = (question: Question) => prober.ask<Record<string, unknown>>(question)
  const accepts = () => settledAccepts(listener)

  describe.each([server, server6])('to $address', (to) => {
    test('an open port answers, with a plausible round trip', async () => {
      const answer = await ask({ shake: to, port: 9000, timeoutMs })
      expect(answer).toMatchObject({ answer: 'open' })
      expect(answer.rttUs).toBeGreaterThan(0)
      expect(answer.rttUs).toBeLessThan(plausibleUs)
    })

    test('what is on the wire is SYN, SYN-ACK and RST, and nobody is accepted', async () => {
      const before = await accepts()
      await capture.ask('packets')
      await ask({ shake: to, port: 9001, timeoutMs })
      const segments = await untilSome(() => capture.ask<string[]>('packets'), 3)
      const [port] = segments[0]!.split(' ')
      expect(segments).toEqual([`${port} > 9001 SYN`, `9001 > ${port} SYN-ACK`, `${port} > 9001 RST`])
      expect(await accepts()).toBe(before)
    })

    test('a closed port is closed', async () => {
      expect(await ask({ shake: to, port: 8999, timeoutMs })).toMatchObject({ answer: 'closed' })
    })

    test('a port that is dropped is silent', async () => {
      wire.filter(['tcp dport 7777 drop'])
      expect(await ask({ shake: to, port: 7777, timeoutMs })).toEqual({ answer: 'silent' })
    })

    test('a port that is rejected by a reset is closed', async () => {
      wire.filter(['tcp dport 7804 reject with tcp reset'])
      expect(await ask({ shake: to, port: 7804, timeoutMs })).toMatchObject({ answer: 'closed' })
    })

    test('pings of every size come back', async () => {
      for (const size of [8, 56, 1472]) {
        const answer = await ask({ ping: to, size, timeoutMs })
        expect(answer).toMatchObject({ answer: 'echo' })
        expect(answer.rttUs).toBeLessThan(plausibleUs)
      }
    })

    test('pings that are dropped are silent', async () => {
      wire.filter(['icmp type echo-request drop', 'icmpv6 type echo-request drop'])
      expect(await ask({ ping: to, size: 56, timeoutMs })).toEqual({ answer: 'silent' })
      wire.filter([])
    })

    test.each([
      [undefined, 64],
      [9, 9],
      [255, 255],
    ])('the ttl %s is what a ping has on the wire', async (ttl, hops) => {
      await capture.ask('packets')
      const answer = await ask({ ping: to, size: 56, timeoutMs, ...(ttl !== undefined && { ttl }) })
      expect(answer).toMatchObject({ answer: 'echo' })
      const packets = await untilSome(() => capture.ask<string[]>('packets'), 1)
      expect(packets).toEqual([`echo request, ${hops} hops`])
    })

    test('half of the packets lost is about half of the answers lost', async () => {
      wire.filter(['tcp dport 9000-9063 tcp flags syn numgen random mod 100 < 50 drop'])
      const { tally } = await ask({ flood: to, count: 400, inFlight: 100, timeoutMs })
      wire.filter([])
      const { open = 0, silent = 0 } = tally as Record<string, number>
      expect(open + silent).toBe(400)
      // The probability of exceeding these bounds by chance is 10^-12.
      expect(Math.abs(open - 200)).toBeLessThan(75)
    })
  })

  test.each([
    [server, 'icmp', 'net-unreachable', 'net-unreachable'],
    [server, 'icmp', 'host-unreachable', 'host-unreachable'],
    [server, 'icmp', 'prot-unreachable', 'protocol-unreachable'],
    [server, 'icmp', 'port-unreachable', 'port-unreachable'],
    [server, 'icmp', 'net-prohibited', 'net-prohibited'],
    [server, 'icmp', 'host-prohibited', 'host-prohibited'],
    [server, 'icmp', 'admin-prohibited', 'admin-prohibited'],
    [server6, 'icmpv6', 'no-route', 'net-unreachable'],
    [server6, 'icmpv6', 'admin-prohibited', 'admin-prohibited'],
    [server6, 'icmpv6', 'addr-unreachable', 'host-unreachable'],
    [server6, 'icmpv6', 'port-unreachable', 'port-unreachable'],
    [server6, 'icmpv6', 'policy-fail', 'policy-failed'],
    [server6, 'icmpv6', 'reject-route', 'route-rejected'],
  ])('%o rejects with %s %s: %s', async (to, protocol, type, error) => {
    wire.filter([
      `meta nfproto ${to.family === 4 ? 'ipv4' : 'ipv6'} tcp dport 7800 reject with ${protocol} type ${type}`,
    ])
    expect(await ask({ shake: to, port: 7800, timeoutMs })).toEqual({
      answer: 'error',
      error,
      from: to.address,
    })
  })

  test.each([server, server6])('a ping of $address that is rejected says so', async (to) => {
    wire.filter(['meta l4proto { icmp, icmpv6 } reject with icmpx type admin-prohibited'])
    expect(await ask({ ping: to, size: 56, timeoutMs })).toEqual({
      answer: 'error',
      error: 'admin-prohibited',
      from: to.address,
    })
    wire.filter([])
  })

  test('a ping goes as far as its ttl allows, and the router at which it ends says so', async () => {
    for (const command of [
      'sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1',
      // A network behind the router, in which no host answers.
      'ip link add beyond type veth peer name nobody',
      'ip addr add 10.97.0.1/24 dev beyond',
      'ip addr add fd97::1/64 dev beyond nodad',
      'ip link set nobody up',
      'ip link set beyond up',
    ])
      wire.run('server', command.split(' '))
    wire.run('client', ['ip', 'route', 'add', '10.97.0.0/24', 'via', address.server])
    wire.run('client', ['ip', '-6', 'route', 'add', 'fd97::/64', 'via', address.server6])
    for (const [router, beyond] of [
      [server, { address: '10.97.0.9', family: 4 }],
      [server6, { address: 'fd97::9', family: 6 }],
    ] as const) {
      expect(await ask({ ping: beyond, size: 56, ttl: 1, timeoutMs })).toEqual({
        answer: 'error',
        error: 'ttl-exceeded',
        from: router.address,
      })
      expect(await ask({ ping: beyond, size: 56, ttl: 2, timeoutMs })).toEqual({ answer: 'silent' })
    }
  })

  test.each([
    ['10.99.0.77', 4, address.client],
    ['fd99::77', 6, address.client6],
  ] as const)('%s is on no network: our own kernel says so', async (nobody, family, self) => {
    const to: Address = { address: nobody, family }
    // It sends three ARP requests, one per second by default; shake.test.ts shows what that means for a timeout.
    const asksEvery = `net.ipv${family}.neigh.uc${process.pid}.retrans_time_ms`
    wire.run('client', ['sysctl', '-qw', `${asksEvery}=100`])
    const unreachable = { answer: 'error', error: 'host-unreachable', from: self }
    expect(await ask({ shake: to, port: 80, timeoutMs: 10_000 })).toEqual(unreachable)
    expect(await ask({ ping: to, size: 56, timeoutMs: 10_000 })).toEqual(unreachable)
  })

  test.each([
    ['203.0.113.1', 4],
    ['2001:db8::1', 6],
  ] as const)('without a route to %s it is we who failed', async (nowhere, family) => {
    const to: Address = { address: nowhere, family }
    expect(await ask({ shake: to, port: 80, timeoutMs })).toEqual({ thrown: 'ENETUNREACH' })
    expect(await ask({ ping: to, size: 56, timeoutMs })).toEqual({ thrown: 'ENETUNREACH' })
  })

  test('a broadcast address gets nothing', async () => {
    const to: Address = { address: '10.99.0.255', family: 4 }
    expect(await ask({ shake: to, port: 80, timeoutMs })).toEqual({ thrown: 'EACCES' })
  })

  describe('as an ordinary user', () => {
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs']

    test('with CAP_NET_RAW alone everything works', async () => {
      const as = [
        ...nobody,
        '--inh-caps=-all,+net_raw',
        '--ambient-caps=-all,+net_raw',
        '--bounding-set=-all,+net_raw',
      ]
      const capable = await wire.start('client', 'prober.ts', { as })
      expect(await capable.ask({ open: 'best' })).toEqual({ method: 'raw' })
      for (const to of [server, server6]) {
        expect(await capable.ask({ shake: to, port: 9000, timeoutMs })).toMatchObject({ answer: 'open' })
        expect(await capable.ask({ ping: to, size: 56, timeoutMs })).toMatchObject({ answer: 'echo' })
      }
    })

    test('without it there is a way that is announced as best effort', async () => {
      const as = [...nobody, '--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all']
      const incapable = await wire.start('client', 'prober.ts', { as })
      expect(await incapable.ask({ open: 'raw' })).toEqual({ thrown: 'EPERM' })
      expect(await incapable.ask({ open: 'best' })).toEqual({
        method: 'quickack',
        caveat:
          'half-open probes are best effort (method: quickack; this process lacks CAP_NET_RAW): ' +
          'a busy machine completes some connections',
      })
      wire.filter(['tcp dport 7777 drop', 'tcp dport 7802 reject with icmpx type host-unreachable'])
      for (const to of [server, server6]) {
        expect(await incapable.ask({ shake: to, port: 9000, timeoutMs })).toMatchObject({ answer: 'open' })
        expect(await incapable.ask({ shake: to, port: 8999, timeoutMs })).toMatchObject({ answer: 'closed' })
        expect(await incapable.ask({ shake: to, port: 7777, timeoutMs })).toEqual({ answer: 'silent' })
        // The error arrives while the call still holds the socket, so the kernel ignores it; it takes effect after
        // TCP's own second SYN, a second later.
        expect(await incapable.ask({ shake: to, port: 7802, timeoutMs: 3000 })).toEqual({
          answer: 'error',
          error: 'host-unreachable',
        })
      }
      const nowhere: Address = { address: '203.0.113.1', family: 4 }
      expect(await incapable.ask({ shake: nowhere, port: 80, timeoutMs })).toEqual({ thrown: 'ENETUNREACH' })
    })

    test('a whole connection is what is left where nothing else is', async () => {
      const before = await accepts()
      const connecting = await wire.start('client', 'prober.ts', { as: nobody })
      expect(await connecting.ask({ open: 'connect' })).toMatchObject({ method: 'connect' })
      expect(await connecting.ask({ shake: server6, port: 9000, timeoutMs })).toMatchObject({
        answer: 'open',
      })
      expect(await connecting.ask({ shake: server, port: 8999, timeoutMs })).toMatchObject({
        answer: 'closed',
      })
      await expect.poll(accepts, { timeout: 5000 }).toBe(before + 1)
    })
  })
})

/** Polls for up to two seconds until at least this many segments are captured. */
async function untilSome(ask: () => Promise<string[]>, count: number): Promise<readonly string[]> {
  const seen: string[] = []
  for (let round = 0; round < 40 && seen.length < count; round++) {
    seen.push(...(await ask()))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return [...seen, ...(await ask())]
}
