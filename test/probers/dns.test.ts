import type { Answer } from 'dns-packet'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../functions/runtime/clock.ts'
import { dns } from '../../shared/probers/dns/dns.ts'
import { dnsSchema } from '../../shared/probers/dns/schema.ts'
import type { Finding } from '../../shared/probers/prober.ts'
import { testContext } from '../fixtures/context.ts'
import {
  answering,
  type Behaviour,
  type DnsServer,
  doing,
  failing,
  frame,
  fromAnotherPort,
  knowingNoEdns,
  losing,
  reply,
  sendingBytes,
  silent,
  startDnsServer,
  truncating,
  validated,
  wrongId,
  wrongQuestion,
} from '../fixtures/dns-server.ts'

const a = (name: string, data = '192.0.2.1'): Answer => ({ type: 'A', name, data })
const cname = (name: string, data: string): Answer => ({ type: 'CNAME', name, data })
const longText = 'x'.repeat(250)

const overTcp =
  (then: Behaviour): Behaviour =>
  (asked) =>
    asked.transport === 'tcp' ? then(asked) : truncating()(asked)

/** Writes byte by byte, each in its own segment. */
const dripping =
  (answer: Answer): Behaviour =>
  (asked) => {
    const bytes = frame(reply(asked, [answer]))
    asked.socket!.setNoDelay()
    const next = (at: number) => {
      if (at < bytes.length) asked.socket!.write(bytes.subarray(at, at + 1), () => setImmediate(next, at + 1))
    }
    next(0)
  }

let server: DnsServer
beforeAll(async () => {
  server = await startDnsServer({
    'plain.test': answering(a('plain.test')),
    'several.test': answering(
      a('several.test', '192.0.2.3'),
      a('several.test', '192.0.2.1'),
      a('several.test', '192.0.2.2'),
    ),
    'upper.test': answering(a('UPPER.Test')),
    'alias.test': answering(cname('alias.test', 'b.test'), cname('b.test', 'c.test'), a('c.test')),
    'dangling.test': answering(cname('dangling.test', 'gone.example')),
    'empty.test': answering(),
    'stranger.test': answering(a('other.test')),
    'servfail.test': failing('SERVFAIL'),
    'refused.test': failing('REFUSED'),
    'signed.test': validated(a('signed.test')),
    'rude.test': answering({ type: 'TXT', name: 'rude.test', data: '\u001b[31m"<script>' }),
    'silent.test': silent,
    'lost.test': losing(1, answering(a('lost.test'))),
    'noedns.test': knowingNoEdns(a('noedns.test')),
    'never.test': failing('FORMERR'),
    'wrong-id.test': wrongId(a('wrong-id.test')),
    'wrong-question.test': wrongQuestion(a('wrong-question.test')),
    'other-port.test': fromAnotherPort(a('other-port.test')),
    'garbage.test': sendingBytes(() => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')),
    'malformed.test': sendingBytes((asked) => reply(asked, [a('malformed.test')]).subarray(0, -2)),
    'noise.test': doing(
      wrongId(a('noise.test', '203.0.113.1')),
      wrongQuestion(a('noise.test', '203.0.113.2')),
      fromAnotherPort(a('noise.test', '203.0.113.3')),
      sendingBytes(() => Buffer.alloc(3)),
      answering(a('noise.test')),
    ),
    'late.test': (asked) => void setTimeout(() => answering(a('late.test'))(asked), 50),
    'long.test': truncating({ type: 'TXT', name: 'long.test', data: Array<string>(240).fill(longText) }),
    'big.test': answering({ type: 'TXT', name: 'big.test', data: Array<string>(40).fill(longText) }),
    'drip.test': overTcp(dripping(a('drip.test'))),
    'half.test': overTcp((asked) => asked.socket!.end(frame(reply(asked, [a('half.test')])).subarray(0, 20))),
    'hangup.test': overTcp((asked) => asked.socket!.end()),
    'reset.test': overTcp((asked) => asked.socket!.resetAndDestroy()),
    'stuck.test': overTcp(silent),
    'twice.test': truncating(),
    'tcp-id.test': overTcp(wrongId(a('tcp-id.test'))),
    'still-cut.test': (asked) => asked.send(reply(asked, [], { flags: 0x0200 })),
    '1.2.0.192.in-addr.arpa': answering({ type: 'PTR', name: '1.2.0.192.in-addr.arpa', data: 'Host.Test' }),
  })
})
afterAll(() => server.close())

/** Probes the test's own server with options as written in the configuration. */
function probe(options: Record<string, unknown>, timeoutMs = 5000): Promise<Finding> {
  const target = dnsSchema.parse({ server: `127.0.0.1:${server.port}`, ...options })
  return dns.probe(target, testContext({ timeoutMs }))
}

const here = () => `127.0.0.1:${server.port}`

describe('an answer that counts', () => {
  test.each<[string, Record<string, unknown>]>([
    ['a record', { name: 'plain.test' }],
    ['a record that contains the text', { name: 'plain.test', expect: '.2.1' }],
    [
      'records in any order',
      { name: 'several.test', expect: { exact: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] } },
    ],
    ['one of the records', { name: 'several.test', expect: { any: ['192.0.2.9', '192.0.2.2'] } }],
    ['some of the records', { name: 'several.test', expect: { all: ['192.0.2.2', '192.0.2.3'] } }],
    ['none of the unwanted', { name: 'several.test', expect: { none: ['192.0.2.9'], all: ['192.0.2.1'] } }],
    ['a name in another case', { name: 'Upper.TEST.' }],
    ['a record behind aliases', { name: 'alias.test', expect: { exact: ['192.0.2.1'] } }],
    ['the alias itself', { name: 'alias.test', type: 'cname', expect: { exact: ['b.test'] } }],
    ['no record where none is expected', { name: 'empty.test', expect: { exact: [] } }],
    ['NXDOMAIN where it is expected', { name: 'missing.test', expect: { rcode: 'nxdomain' } }],
    ['REFUSED where it is expected', { name: 'refused.test', expect: { rcode: 'REFUSED' } }],
    ['a validated answer', { name: 'signed.test', expect: { ad: true } }],
    ['the host name of an address', { name: '192.0.2.1', type: 'PTR', expect: { exact: 'host.test' } }],
    ['a late reply', { name: 'late.test' }],
    ['a reply of a server that knows no EDNS', { name: 'noedns.test' }],
    ['a reply amid noise', { name: 'noise.test', expect: { exact: ['192.0.2.1'] } }],
    ['10 KB over UDP', { name: 'big.test', type: 'TXT', expect: longText }],
    ['60 KB over TCP, after truncation', { name: 'long.test', type: 'TXT', expect: longText }],
    ['over TCP from the beginning', { name: 'plain.test', transport: 'tcp' }],
    ['over TCP byte by byte', { name: 'drip.test' }],
  ])('%s', async (_, options) => {
    expect(await probe(options)).toMatchObject({ online: true, phases: { firstByte: expect.any(Number) } })
  })
})

describe('an answer that does not count', () => {
  test.each<[string, Record<string, unknown>, string, string]>([
    ['plain.test', { type: 'AAAA' }, 'dns', 'plain.test has no AAAA record'],
    ['plain.test', { expect: '.2.9' }, 'assertion', 'plain.test A is 192.0.2.1; expected the text ".2.9"'],
    [
      'plain.test',
      { expect: { any: ['192.0.2.8'] } },
      'assertion',
      'plain.test A is 192.0.2.1; expected 192.0.2.8',
    ],
    [
      'plain.test',
      { expect: { any: ['192.0.2.8', '192.0.2.9'] } },
      'assertion',
      'plain.test A is 192.0.2.1; expected one of 192.0.2.8, 192.0.2.9',
    ],
    [
      'plain.test',
      { expect: { all: ['192.0.2.1', '192.0.2.2'] } },
      'assertion',
      'plain.test A is 192.0.2.1; expected also 192.0.2.2',
    ],
    [
      'plain.test',
      { expect: { exact: ['192.0.2.1', '192.0.2.2'] } },
      'assertion',
      'plain.test A is 192.0.2.1; expected exactly 192.0.2.1, 192.0.2.2',
    ],
    ['plain.test', { expect: { exact: [] } }, 'assertion', 'plain.test A is 192.0.2.1; expected no record'],
    [
      'plain.test',
      { expect: { none: ['192.0.2.1'] } },
      'assertion',
      'plain.test A is 192.0.2.1; expected no 192.0.2.1',
    ],
    [
      'plain.test',
      { expect: { rcode: 'NXDOMAIN' } },
      'assertion',
      '<here> answered NOERROR for plain.test, expected NXDOMAIN',
    ],
    [
      'plain.test',
      { expect: { ad: true } },
      'assertion',
      '<here> did not validate plain.test by DNSSEC (no AD flag)',
    ],
    [
      'several.test',
      { expect: { exact: ['192.0.2.1'] } },
      'assertion',
      'several.test A is 192.0.2.3, 192.0.2.1, 192.0.2.2; expected exactly 192.0.2.1',
    ],
    ['missing.test', {}, 'dns', 'missing.test does not exist (NXDOMAIN)'],
    ['empty.test', {}, 'dns', 'empty.test has no A record'],
    ['empty.test', { expect: { none: ['192.0.2.1'] } }, 'dns', 'empty.test has no A record'],
    ['stranger.test', {}, 'dns', 'stranger.test has no A record'],
    ['dangling.test', {}, 'dns', 'dangling.test is an alias of gone.example, which has no A record'],
    ['servfail.test', {}, 'dns', '<here> answered SERVFAIL for servfail.test'],
    ['refused.test', {}, 'dns', '<here> answered REFUSED for refused.test'],
    [
      'servfail.test',
      { expect: { rcode: 'NXDOMAIN' } },
      'dns',
      '<here> answered SERVFAIL for servfail.test, expected NXDOMAIN',
    ],
    ['rude.test', { type: 'SPF' }, 'dns', 'rude.test has no SPF record'],
    [
      'rude.test',
      { type: 'TXT', expect: 'kind' },
      'assertion',
      'rude.test TXT is "\\u{1b}[31m\\"<script>"; expected the text "kind"',
    ],
    ['never.test', {}, 'dns', '<here> answered FORMERR for never.test'],
    ['malformed.test', {}, 'protocol', '<here> sent a malformed reply: cut short'],
    [
      'half.test',
      {},
      'protocol',
      'the reply is truncated over UDP, and <here> closed the connection in the middle of its answer',
    ],
    [
      'hangup.test',
      {},
      'protocol',
      'the reply is truncated over UDP, and <here> closed the connection without an answer',
    ],
    ['reset.test', {}, 'reset', 'the reply is truncated over UDP, and <here> reset the connection'],
    [
      'tcp-id.test',
      {},
      'protocol',
      'the reply is truncated over UDP, and <here> did not answer our query over TCP (wrong id)',
    ],
    [
      'still-cut.test',
      {},
      'protocol',
      'the reply is truncated over UDP, and <here> sent a malformed reply: truncated over TCP',
    ],
    ['hangup.test', { transport: 'tcp' }, 'protocol', '<here> closed the connection without an answer'],
  ])('%s %j is %s', async (name, options, reason, detail) => {
    const finding = await probe({ name, ...options })
    expect(finding).toMatchObject({ online: false, reason, detail: detail.replace('<here>', here()) })
  })

  test('every sentence fits 120 bytes, whatever the names and records', async () => {
    const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.test`
    const finding = await probe({ name: long })
    expect(finding).toMatchObject({ detail: `${'a'.repeat(37)}… does not exist (NXDOMAIN)` })
    const big = await probe({
      name: 'big.test',
      type: 'TXT',
      expect: { any: ['y'.repeat(500), 'ü'.repeat(500)] },
    })
    expect(big).toMatchObject({
      reason: 'assertion',
      detail: expect.stringMatching(/^big\.test TXT is "x+…"; expected one of "y+…/),
    })
    expect(Buffer.byteLength((big as { detail: string }).detail)).toBeLessThanOrEqual(120)
  })
})

describe('a server that does not answer our query', () => {
  test.each([
    ['silent.test', 'timeout', '<here> did not answer'],
    ['other-port.test', 'timeout', '<here> did not answer'],
    ['stuck.test', 'timeout', 'the reply is truncated over UDP, and <here> did not answer'],
    ['wrong-id.test', 'protocol', '<here> answered, but not our query (wrong id)'],
    ['wrong-question.test', 'protocol', '<here> answered, but not our query (wrong question)'],
    ['garbage.test', 'protocol', '<here> answered, but not our query (wrong id)'],
  ])('%s is a %s when the time is over', async (name, reason, detail) => {
    expect(await probe({ name }, 200)).toMatchObject({
      online: false,
      reason,
      detail: detail.replace('<here>', here()),
    })
  })

  test('a port that nobody listens on refuses at once', async () => {
    const gone = await startDnsServer({})
    await gone.close()
    const finding = await probe({ name: 'plain.test', server: `127.0.0.1:${gone.port}` })
    expect(finding).toMatchObject({
      reason: 'refused',
      detail: `127.0.0.1:${gone.port} refused the connection`,
    })
  })

  test('the query is sent again after one, two and four seconds, then no more', async () => {
    const waits: number[] = []
    const clock = {
      ...systemClock,
      timer(delayMs: number, callback: () => void) {
        waits.push(delayMs)
        return systemClock.timer(1, callback)
      },
    }
    const target = dnsSchema.parse({ name: 'silent.test', server: here() })
    const before = server.log.length
    const finding = await dns.probe(target, { ...testContext({ timeoutMs: 200 }), clock })
    expect(finding).toMatchObject({ reason: 'timeout' })
    expect(waits).toEqual([1000, 2000, 4000])
    expect(server.log.slice(before)).toEqual(Array(4).fill('silent.test/A/udp'))
  })

  test('a lost datagram is no outage', async () => {
    const clock = {
      ...systemClock,
      timer: (_: number, callback: () => void) => systemClock.timer(1, callback),
    }
    const target = dnsSchema.parse({ name: 'lost.test', server: here() })
    expect(await dns.probe(target, { ...testContext(), clock })).toMatchObject({ online: true })
  })

  test('an aborted signal leaves no socket and no timer behind', async () => {
    let timers = 0
    const clock = {
      ...systemClock,
      timer(delayMs: number, callback: () => void) {
        timers += 1
        const cancel = systemClock.timer(delayMs, callback)
        return () => {
          timers -= 1
          cancel()
        }
      },
    }
    const sockets = () => process.getActiveResourcesInfo().filter((name) => /UDP|TCPSocket/.test(name)).length
    const before = sockets()
    for (const name of ['silent.test', 'stuck.test']) {
      const target = dnsSchema.parse({ name, server: here() })
      const controller = new AbortController()
      const finding = dns.probe(target, { ...testContext({ signal: controller.signal }), clock })
      await expect.poll(() => server.log.at(-1)).toMatch(name)
      controller.abort()
      expect(await finding).toMatchObject({ reason: 'timeout' })
    }
    expect(timers).toBe(0)
    await expect.poll(sockets).toBeLessThanOrEqual(before)
  })
})

describe('what goes over the wire', () => {
  test('every query has another id and another source port', async () => {
    const before = server.queries.length
    for (let count = 0; count < 8; count++) await probe({ name: 'plain.test' })
    const seen = server.queries.slice(before)
    expect(new Set(seen.map(({ query }) => query.id)).size).toBeGreaterThan(1)
    expect(new Set(seen.map(({ sender }) => sender.port)).size).toBeGreaterThan(1)
  })

  test('a truncated reply is asked for again over TCP', async () => {
    const before = server.log.length
    expect(await probe({ name: 'long.test', type: 'TXT' })).toMatchObject({
      online: true,
      phases: { connect: expect.any(Number), firstByte: expect.any(Number) },
    })
    expect(server.log.slice(before)).toEqual(['long.test/TXT/udp', 'long.test/TXT/tcp'])
  })

  test('without EDNS it is asked once more, with a new id', async () => {
    const before = server.queries.length
    await probe({ name: 'noedns.test' })
    const [first, second, ...more] = server.queries.slice(before)
    expect([first!.edns, second!.edns, more.length]).toEqual([true, false, 0])
  })

  test('recursion can be left out and validation asked for', async () => {
    await probe({ name: 'signed.test', recursion: false, expect: { ad: true } })
    expect(server.queries.at(-1)!.query).toMatchObject({ flag_rd: false, flag_ad: true })
    await probe({ name: 'plain.test' })
    expect(server.queries.at(-1)!.query).toMatchObject({ flag_rd: true, flag_ad: false })
  })

  test.skipIf(process.platform !== 'linux')(
    'the voter’s source address is used over UDP and TCP',
    async () => {
      const target = dnsSchema.parse({ name: 'long.test', type: 'TXT', server: here() })
      const before = server.queries.length
      await dns.probe(target, testContext({ localAddress: () => '127.0.2.1' }))
      expect(server.queries.slice(before).map(({ sender }) => sender.address)).toEqual([
        '127.0.2.1',
        '127.0.2.1',
      ])
    },
  )

  test('a source address that this machine does not have is our own failure', async () => {
    const target = dnsSchema.parse({ name: 'plain.test', server: here() })
    const context = testContext({ localAddress: () => '192.0.2.77' })
    await expect(dns.probe(target, context)).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
  })

  test('a forbidden server is not asked', async () => {
    const target = dnsSchema.parse({ name: 'plain.test', server: here() })
    const before = server.log.length
    await expect(dns.probe(target, testContext({ allowPrivate: false }))).rejects.toMatchObject({
      reason: 'forbidden',
    })
    expect(server.log.length).toBe(before)
  })
})

test('whatever a server sends, the probe ends with a finding', async () => {
  const valid = (asked: Parameters<Behaviour>[0]) => reply(asked, [a('fuzz.test')])
  let mutate = (bytes: Buffer) => bytes
  const fuzzing = await startDnsServer({ 'fuzz.test': sendingBytes((asked) => mutate(valid(asked))) })
  const edit = fc.record({ at: fc.nat(60), byte: fc.nat(255) })
  const mutation = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => () => Buffer.from(bytes)),
    fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => (bytes: Buffer) => {
      for (const { at, byte } of edits) if (at < bytes.length) bytes[at] = byte
      return bytes
    }),
  )
  await fc.assert(
    fc.asyncProperty(mutation, fc.constantFrom('udp', 'tcp'), async (change, transport) => {
      mutate = change
      const finding = await probe({ name: 'fuzz.test', transport, server: `127.0.0.1:${fuzzing.port}` }, 20)
      expect(typeof finding.online).toBe('boolean')
    }),
    { numRuns: 40 },
  )
  await fuzzing.close()
})

describe('for people and for the guard', () => {
  test.each([
    [{ name: 'example.com' }, 'A example.com', []],
    [{ name: 'Example.com.', type: 'mx', server: '1.1.1.1' }, 'MX example.com @1.1.1.1', ['1.1.1.1']],
    [
      { name: 'example.com', server: ['ns1.example.com', '[2001:db8::1]:5353', 'ns1.example.com:54'] },
      'A example.com @ns1.example.com @[2001:db8::1]:5353 @ns1.example.com:54',
      ['ns1.example.com', '2001:db8::1'],
    ],
  ])('%j is "%s"', (options, label, hosts) => {
    const target = dnsSchema.parse(options)
    expect(dns.label(target)).toBe(label)
    expect(dns.hosts(target)).toEqual(hosts)
  })
})
