import type { Answer } from 'dns-packet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../functions/runtime/clock.ts'
import { dnsProber } from '../../shared/probers/dns/dns.ts'
import { dnsSchema } from '../../shared/probers/dns/schema.ts'
import { observe } from '../../shared/probing/observe.ts'
import { testContext } from '../fixtures/context.ts'
import {
  answering,
  type DnsServer,
  failing,
  sendingBytes,
  silent,
  startDnsServer,
  truncating,
} from '../fixtures/dns-server.ts'

const a: Answer = { type: 'A', name: 'plain.test', data: '192.0.2.1' }

let server: DnsServer
let other: DnsServer
beforeAll(async () => {
  server = await startDnsServer({
    'plain.test': answering(a),
    'long.test': truncating({ type: 'TXT', name: 'long.test', data: 'text' }),
    'empty.test': answering(),
    'servfail.test': failing('SERVFAIL'),
    'refused.test': failing('REFUSED'),
    'malformed.test': sendingBytes((asked) =>
      Buffer.concat(
        [asked.query.id >> 8, asked.query.id & 255]
          .map((byte) => Buffer.from([byte]))
          .concat(Buffer.from('8180000000010000000000', 'hex')),
      ),
    ),
    'silent.test': silent,
  })
  other = await startDnsServer({ 'silent.test': answering({ ...a, name: 'silent.test' }) })
})
afterAll(() => Promise.all([server.close(), other.close()]))

const here = () => `127.0.0.1:${server.port}`
const parse = (options: object) => dnsSchema.parse(options)

describe('without a chosen server the voter’s own resolver is asked', () => {
  const own = dnsProber(() => [here()])

  test.each([
    ['a record', { name: 'plain.test', expect: { exact: '192.0.2.1' } }, { online: true }],
    ['a truncated reply', { name: 'long.test', type: 'TXT', expect: 'text' }, { online: true }],
    ['an expected failure', { name: 'servfail.test', expect: { rcode: 'SERVFAIL' } }, { online: true }],
    [
      'a name that does not exist',
      { name: 'gone.test' },
      { online: false, reason: 'dns', detail: 'gone.test does not exist (NXDOMAIN)' },
    ],
    [
      'a name without records',
      { name: 'empty.test' },
      { online: false, reason: 'dns', detail: 'empty.test has no A record' },
    ],
    ['a wrong record', { name: 'plain.test', expect: '.9' }, { online: false, reason: 'assertion' }],
  ])('%s is a finding, at a private address and without "allow_private"', async (_, options, finding) => {
    expect(await own.probe(parse(options), testContext({ allowPrivate: false }))).toMatchObject(finding)
  })

  test.each([
    ['servfail.test', 'our own resolver <here> answered SERVFAIL for servfail.test'],
    ['refused.test', 'our own resolver <here> answered REFUSED for refused.test'],
    ['malformed.test', 'our own resolver <here> answered, but not our query (wrong question)'],
    ['silent.test', 'our own resolver <here> did not answer'],
  ])('%s is our own failure', async (name, message) => {
    const error = await own
      .probe(parse({ name }), testContext({ timeoutMs: 200 }))
      .catch((error: unknown) => error)
    expect(error).toEqual(new Error(message.replace('<here>', here())))
  })

  test('a silent resolver is an abstention even when the check’s time is over', async () => {
    const { secret, resolve } = testContext()
    const { vote } = await observe((context) => own.probe(parse({ name: 'silent.test' }), context), {
      timeoutMs: 50,
      clock: systemClock,
      resolver: { resolve, close: () => {} },
      allowPrivate: false,
      privateAllowed: false,
      secret,
      stalledMs: () => 0,
    })
    expect(vote).toEqual({ vote: 'abstain', detail: `our own resolver ${here()} did not answer` })
  })
})

test('the next resolver is asked where one stays silent for two seconds, refuses or fails', async () => {
  const waits: number[] = []
  const clock = {
    ...systemClock,
    timer(delayMs: number, callback: () => void) {
      waits.push(delayMs)
      return systemClock.timer(delayMs === 2000 ? 20 : delayMs, callback)
    },
  }
  const own = dnsProber(() => ['127.0.0.1:1', here(), `127.0.0.1:${other.port}`])
  const finding = await own.probe(parse({ name: 'silent.test' }), { ...testContext(), clock })
  expect(finding).toMatchObject({ online: true })
  expect(waits.filter((waitMs) => waitMs === 2000)).toHaveLength(3)
})

test('at most three resolvers are asked, as the C library does', async () => {
  const own = dnsProber(() => ['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3', here()])
  await expect(own.probe(parse({ name: 'plain.test' }), testContext())).rejects.toThrow(
    'our own resolver 127.0.0.1:3 refused the connection',
  )
})

test('a voter without resolvers abstains', async () => {
  const own = dnsProber(() => [])
  await expect(own.probe(parse({ name: 'plain.test' }), testContext())).rejects.toThrow(
    'this voter has no resolver of its own',
  )
})

test('a resolver is found at an IPv6 address too', async () => {
  const six = await startDnsServer({ 'plain.test': answering(a) }, '::1')
  const own = dnsProber(() => [`[::1]:${six.port}`])
  expect(await own.probe(parse({ name: 'plain.test' }), testContext())).toMatchObject({ online: true })
  await six.close()
})
