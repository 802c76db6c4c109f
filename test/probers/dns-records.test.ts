import { type Answer, encode } from 'dns-packet'
import { describe, expect, test } from 'vitest'
import { reverseName } from '../../shared/probers/dns/address.ts'
import { readAnswers } from '../../shared/probers/dns/answers.ts'
import { decodeReply } from '../../shared/probers/dns/message.ts'
import { type RecordType, type RecordTypeName, recordTypes } from '../../shared/probers/dns/types.ts'

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')

/** Records of one name, encoded by another implementation and read by the prober. */
function readTexts(type: RecordTypeName, ...records: object[]): readonly string[] {
  const answers = records.map((record) => ({ name: 'example.com', ...record }) as Answer)
  const message = encode({ type: 'response', questions: [], answers })
  return readAnswers(decodeReply(message).answers, 'example.com', recordTypes[type]).texts
}

/** A record of a type that dns-packet encodes from raw bytes. */
const raw = (type: number, rdata: string) => ({ type: `UNKNOWN_${type}`, data: hex(rdata) })

describe('the text of a record', () => {
  test.each<[RecordTypeName, object, string]>([
    ['A', { type: 'A', data: '192.0.2.1' }, '192.0.2.1'],
    ['AAAA', { type: 'AAAA', data: '2001:DB8:0:0:0:0:0:1' }, '2001:db8::1'],
    ['AAAA', { type: 'AAAA', data: '1:0:0:2:0:0:0:3' }, '1:0:0:2::3'],
    ['AAAA', { type: 'AAAA', data: '::' }, '::'],
    ['CNAME', { type: 'CNAME', data: 'WWW.Example.NET.' }, 'www.example.net'],
    ['NS', { type: 'NS', data: 'ns1.example.com' }, 'ns1.example.com'],
    ['PTR', { type: 'PTR', data: 'host.example.com' }, 'host.example.com'],
    ['MX', { type: 'MX', data: { preference: 10, exchange: 'Mail.example.com' } }, '10 mail.example.com'],
    ['MX', { type: 'MX', data: { preference: 0, exchange: '.' } }, '0 .'],
    [
      'SOA',
      {
        type: 'SOA',
        data: {
          mname: 'NS1.example.com',
          rname: 'john\\.doe.example.com',
          serial: 4294967295,
          refresh: 7200,
          retry: 3600,
          expire: 1209600,
          minimum: 300,
        },
      },
      'ns1.example.com john\\.doe.example.com 4294967295 7200 3600 1209600 300',
    ],
    [
      'SRV',
      { type: 'SRV', data: { priority: 10, weight: 5, port: 5060, target: 'SIP.example.com' } },
      '10 5 5060 sip.example.com',
    ],
    ['TXT', { type: 'TXT', data: ['v=spf1 ', 'Mixed Case'] }, 'v=spf1 Mixed Case'],
    ['TXT', { type: 'TXT', data: '' }, ''],
    ['TXT', { type: 'TXT', data: 'größe' }, 'größe'],
    ['SPF', { type: 'TXT', data: ['v=spf1 mx', ' -all'] }, 'v=spf1 mx -all'],
    [
      'CAA',
      { type: 'CAA', data: { flags: 0, tag: 'issue', value: 'ca.example.net' } },
      '0 issue "ca.example.net"',
    ],
    ['CAA', { type: 'CAA', data: { flags: 128, tag: 'IODEF', value: 'a"b' } }, '128 iodef "a\\"b"'],
    [
      'NAPTR',
      {
        type: 'NAPTR',
        data: {
          order: 100,
          preference: 10,
          flags: 'S',
          services: 'SIP+D2U',
          regexp: '',
          replacement: '_SIP._udp.example.com',
        },
      },
      '100 10 "S" "SIP+D2U" "" _sip._udp.example.com',
    ],
    [
      'DS',
      { type: 'DS', data: { keyTag: 12345, algorithm: 13, digestType: 2, digest: hex('00FF') } },
      '12345 13 2 00ff',
    ],
    [
      'SSHFP',
      { type: 'SSHFP', data: { algorithm: 4, hash: 1, fingerprint: 'AB'.repeat(20) } },
      `4 1 ${'ab'.repeat(20)}`,
    ],
    [
      'TLSA',
      { type: 'TLSA', data: { usage: 3, selector: 1, matchingType: 1, certificate: hex('0b9f') } },
      '3 1 1 0b9f',
    ],
    [
      'DNSKEY',
      { type: 'DNSKEY', data: { flags: 257, algorithm: 13, key: hex('99db2cc1') } },
      '257 3 13 mdsswQ==',
    ],
    // RFC 9460, appendix D.
    ['HTTPS', raw(65, '0000 03666f6f076578616d706c6503636f6d00'), '0 foo.example.com'],
    ['SVCB', raw(64, '0001 00'), '1 .'],
    ['SVCB', raw(64, '0010 03666f6f076578616d706c6503636f6d00 0003 0002 0035'), '16 foo.example.com port=53'],
    ['SVCB', raw(64, '0001 00 029b 0005 68656c6c6f'), '1 . key667=68656c6c6f'],
    [
      'SVCB',
      raw(
        64,
        '0010 03666f6f07657861 6d706c65036f726700 0000 0004 0001 0004 0001 0009 02 6832 05 68332d3139 0004 0004 c0000201',
      ),
      '16 foo.example.org mandatory=alpn,ipv4hint alpn=h2,h3-19 ipv4hint=192.0.2.1',
    ],
    [
      'HTTPS',
      raw(
        65,
        '0001 00 0001 0003 02 6832 0002 0000 0005 0002 beef 0006 0010 20010db8000000000000000000000001',
      ),
      '1 . alpn=h2 no-default-alpn ech=vu8= ipv6hint=2001:db8::1',
    ],
  ])('%s %j', (type, record, text) => {
    expect(readTexts(type, record)).toEqual([text])
  })

  test('a TXT record that is no SPF record is none', () => {
    const records = ['v=spf10', 'google-site-verification=1', 'V=SPF1', 'v=spf1 -all'].map((data) => ({
      type: 'TXT',
      data,
    }))
    expect(readTexts('SPF', ...records)).toEqual(['V=SPF1', 'v=spf1 -all'])
  })

  test('the records of a type keep their order', () => {
    const records = ['192.0.2.9', '192.0.2.1'].map((data) => ({ type: 'A', data }))
    expect(readTexts('A', ...records)).toEqual(['192.0.2.9', '192.0.2.1'])
  })
})

describe('the canonical form of what a person wrote', () => {
  test.each<[RecordTypeName, string, string]>([
    ['A', '192.0.2.1', '192.0.2.1'],
    ['AAAA', '2001:DB8::0:1', '2001:db8::1'],
    ['NS', 'NS1.Example.com.', 'ns1.example.com'],
    ['MX', '10  Mail.Example.com.', '10 mail.example.com'],
    ['MX', '0 .', '0 .'],
    ['SOA', 'ns1.example.com. admin.example.com. 1 2 3 4 5', 'ns1.example.com admin.example.com 1 2 3 4 5'],
    ['SRV', '10 5 5060 SIP.example.com.', '10 5 5060 sip.example.com'],
    ['TXT', ' Any  Text. ', ' Any  Text. '],
    ['CAA', '0 Issue ca.example.net', '0 issue "ca.example.net"'],
    ['CAA', '0 issue "ca.example.net"', '0 issue "ca.example.net"'],
    [
      'NAPTR',
      '100 10 "S" "SIP+D2U" "" _SIP._udp.example.com.',
      '100 10 "S" "SIP+D2U" "" _sip._udp.example.com',
    ],
    ['DS', '12345 13 2 00FF 00FF', '12345 13 2 00ff00ff'],
    ['DNSKEY', '257 3 13 mdss wQ==', '257 3 13 mdsswQ=='],
    ['HTTPS', '1  Foo.example.com. alpn=h2,h3', '1 foo.example.com alpn=h2,h3'],
  ])('%s %j', (type, written, text) => {
    expect(recordTypes[type].canonical(written)).toBe(text)
  })

  test.each(Object.entries<RecordType>(recordTypes))('the example of %s is in it already', (_, type) => {
    expect(type.canonical(type.example)).toBe(type.example)
    expect(type.example).toMatch(type.shape)
  })
})

test.each([
  ['192.0.2.1', '1.2.0.192.in-addr.arpa'],
  ['2001:db8::567:89ab', 'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa'],
  ['::1', `1.${'0.'.repeat(31)}ip6.arpa`],
  ['::', `${'0.'.repeat(32)}ip6.arpa`],
  ['fe80::', `${'0.'.repeat(28)}0.8.e.f.ip6.arpa`],
  ['1:2:3:4:5:6:7:8', '8.0.0.0.7.0.0.0.6.0.0.0.5.0.0.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.ip6.arpa'],
])('the host name of %s is kept under %s', (address, name) => {
  expect(reverseName(address)).toBe(name)
})
