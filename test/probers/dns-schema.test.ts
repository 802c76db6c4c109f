import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { parseOptions, wordIssue } from '../../shared/config/read/wording.ts'
import { dnsSchema } from '../../shared/probers/dns/schema.ts'

const usual = {
  name: 'example.com',
  type: 'A',
  servers: [],
  require: 'all',
  transport: 'udp',
  recursion: true,
  expect: { rcode: 'NOERROR', authentic: false },
}
const wanting = (conditions: object) => ({ expect: { ...usual.expect, ...conditions } })

/** Every complaint as worded by the configuration's reader: `path message`. */
function complaints(options: unknown): string[] {
  const { error } = dnsSchema.safeParse(options, parseOptions)
  return (error?.issues ?? []).flatMap(wordIssue).map(({ path, message }) => `${path.join('.')} ${message}`)
}

describe('what is written becomes', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['an A record of our own resolver', {}, {}],
    ['a name in canonical form', { name: 'WWW.Example.COM.' }, { name: 'www.example.com' }],
    ['a name in ASCII', { name: 'größe.example' }, { name: 'xn--gre-6ka8i.example' }],
    [
      'a service name',
      { name: '_sip._tcp.Example.com', type: 'srv' },
      { name: '_sip._tcp.example.com', type: 'SRV' },
    ],
    ['the root', { name: '.', type: 'NS' }, { name: '.', type: 'NS' }],
    [
      'the reverse name of an address',
      { name: '192.0.2.1', type: 'ptr' },
      { name: '1.2.0.192.in-addr.arpa', type: 'PTR' },
    ],
    ['one server', { server: '1.1.1.1' }, { servers: [{ host: '1.1.1.1', port: 53 }] }],
    [
      'several servers',
      { server: ['NS1.example.com', '[2001:db8::1]:5353', '2001:db8::2'], require: 'any' },
      {
        servers: [
          { host: 'ns1.example.com', port: 53 },
          { host: '2001:db8::1', port: 5353 },
          { host: '2001:db8::2', port: 53 },
        ],
        require: 'any',
      },
    ],
    [
      'TCP, IPv6, no recursion',
      { transport: 'tcp', ip: 6, recursion: false },
      { transport: 'tcp', ip: 6, recursion: false },
    ],
    ['a part of a record', { expect: '192.' }, wanting({ contains: '192.' })],
    [
      'a part of a name in its case',
      { type: 'NS', expect: 'NS1.Example.com.' },
      { type: 'NS', ...wanting({ contains: 'ns1.example.com' }) },
    ],
    [
      'a part of a text in any case',
      { type: 'TXT', expect: { contains: 'V=Spf' } },
      { type: 'TXT', ...wanting({ contains: 'V=Spf' }) },
    ],
    ['one record', { expect: { any: '192.0.2.1' } }, wanting({ any: ['192.0.2.1'] })],
    [
      'addresses in canonical form',
      { type: 'AAAA', expect: { exact: ['2001:DB8:0::1'] } },
      { type: 'AAAA', ...wanting({ exact: ['2001:db8::1'] }) },
    ],
    ['no record', { expect: { exact: [] } }, wanting({ exact: [] })],
    [
      'conditions that must all hold',
      { expect: { all: ['192.0.2.1'], none: ['192.0.2.2'], ad: true } },
      wanting({ authentic: true, all: ['192.0.2.1'], none: ['192.0.2.2'] }),
    ],
    ['another response code', { expect: { rcode: 'nxdomain' } }, wanting({ rcode: 'NXDOMAIN' })],
  ])('%s', (_, written, target) => {
    const parsed = dnsSchema.parse({ name: 'example.com', ...written })
    expect(parsed).toEqual({ ...usual, ...target })
    expect(JSON.parse(JSON.stringify(parsed))).toEqual(parsed)
  })
})

describe('what is refused', () => {
  test.each<[Record<string, unknown>, string]>([
    [{ name: undefined }, 'name is missing, must be text'],
    [{ name: '' }, 'name is not a domain name; write one such as example.com'],
    [{ name: 'a..example' }, 'name is not a domain name; write one such as example.com'],
    [{ name: `${'a'.repeat(64)}.example` }, 'name is not a domain name; write one such as example.com'],
    [{ name: 'a b.example' }, 'name is not a domain name; write one such as example.com'],
    [{ name: 'a\\.b.example' }, 'name is not a domain name; write one such as example.com'],
    [{ name: `${'a.'.repeat(126)}aa` }, 'name is not a domain name; write one such as example.com'],
    [{ name: '192.0.2.1' }, 'name is an address, which has no A record; write a name, or type: PTR'],
    [
      { type: 'any' },
      'type is ANY, which servers may answer with whatever they like (RFC 8482); name one type',
    ],
    [{ type: 'AAA' }, 'type is "AAA"; did you mean AAAA?'],
    [
      { server: 'http://1.1.1.1' },
      'server is not an address with a port; write example.com:443, 192.0.2.1:443 or [2001:db8::1]:443 (port 53 when left out)',
    ],
    [{ server: [] }, 'server is empty, must have at least 1 entry'],
    [{ server: Array(17).fill('1.1.1.1') }, 'server has more than 16 servers'],
    [{ servers: '1.1.1.1' }, 'servers is unknown; did you mean server?'],
    [{ transport: 'https' }, 'transport is "https"; must be udp or tcp'],
    [{ expect: { any: ['192.0.2'] } }, 'expect.any.0 is not a valid A record; write it like 192.0.2.1'],
    [
      { expect: { all: ['192.0.2.1', '::1'] } },
      'expect.all.1 is not a valid A record; write it like 192.0.2.1',
    ],
    [
      { type: 'AAAA', expect: { none: '192.0.2.1' } },
      'expect.none.0 is not a valid AAAA record; write it like 2001:db8::1',
    ],
    [
      { type: 'MX', expect: { exact: 'mail.example.com' } },
      'expect.exact.0 is not a valid MX record; write it like 10 mail.example.com',
    ],
    [
      { type: 'SPF', expect: { any: 'mx -all' } },
      'expect.any.0 is not a valid SPF record; write it like v=spf1 mx -all',
    ],
    [
      { expect: { rcode: 'NXDOMAIN', any: ['192.0.2.1'] } },
      'expect.any cannot be met: an answer with NXDOMAIN has no records',
    ],
    [
      { expect: { rcode: 'SERVFAIL', contains: 'x' } },
      'expect.contains cannot be met: an answer with SERVFAIL has no records',
    ],
    [
      { expect: { rcode: 'NODATA' } },
      'expect.rcode is "NODATA"; must be NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP or REFUSED',
    ],
    [{ expect: { any: [] } }, 'expect.any is empty, must have at least 1 entry'],
    [{ expect: 1 }, 'expect is a number, must be text or a mapping; put it in quotes'],
  ])('%j', (options, complaint) => {
    expect(complaints({ name: 'example.com', ...options })).toEqual([complaint])
  })
})

test('editors learn the options from the schema', () => {
  const schema = z.toJSONSchema(dnsSchema, { io: 'input' })
  expect(Object.keys(schema.properties!)).toEqual([
    'name',
    'type',
    'server',
    'require',
    'transport',
    'recursion',
    'ip',
    'expect',
  ])
  for (const property of Object.values(schema.properties!)) expect(property).toHaveProperty('description')
})
