import { expect, test } from 'vitest'
import { formatAddress, parseAddress } from '../../shared/raw/packet/address.ts'
import { checksumOf, sumPseudoHeader, sumWords } from '../../shared/raw/packet/checksum.ts'
import { writeEcho } from '../../shared/raw/packet/echo.ts'
import { icmpError } from '../../shared/raw/packet/icmp-error.ts'
import { readIcmp } from '../../shared/raw/packet/icmp-reply.ts'
import { synBytes, writeSyn } from '../../shared/raw/packet/syn.ts'
import { ipv4HeaderBytes, readTcpReply } from '../../shared/raw/packet/tcp-reply.ts'
import { hex, toHex } from './hex.ts'

// The packets below were made by a program other than the one under test.

test('the checksum of RFC 1071, section 3: its own numerical example', () => {
  const view = hex('0001 f203 f4f5 f6f7')
  expect(sumWords(view, 0, 8)).toBe(0x2ddf0)
  expect(checksumOf(0x2ddf0)).toBe(~0xddf2 & 0xffff)
})

test.each([
  {
    what: 'IPv4: RFC 9293, 3.1, and a segment size of 1460',
    syn: { family: 4, sourcePort: 10_000, destinationPort: 443, sequence: 0x01020304 },
    from: '192.0.2.1',
    to: '198.51.100.7',
    bytes: '2710 01bb 01020304 00000000 6002 faf0 8428 0000 020405b4',
  },
  {
    what: 'IPv6: RFC 8200, 8.1, and a segment size of 1440',
    syn: { family: 6, sourcePort: 26_383, destinationPort: 80, sequence: 0xfffffffe },
    from: '2001:db8::1',
    to: '2001:db8::2',
    bytes: '670f 0050 fffffffe 00000000 6002 faf0 da76 0000 020405a0',
  },
] as const)('a SYN over $what', ({ syn, from, to, bytes }) => {
  const view = new DataView(new ArrayBuffer(synBytes + 3))
  const pseudoSum = sumPseudoHeader(parseAddress(from), parseAddress(to), synBytes)
  writeSyn(view, 3, { ...syn, pseudoSum })
  expect(toHex(view).slice(6)).toBe(bytes.replaceAll(' ', ''))
})

test('a SYN without a pseudo-header leaves the checksum to the kernel', () => {
  const view = new DataView(new ArrayBuffer(synBytes))
  const syn = { family: 6, sourcePort: 1, destinationPort: 2, sequence: 3 } as const
  writeSyn(view, 0, { ...syn, pseudoSum: undefined })
  expect(view.getUint16(16)).toBe(0)
})

const cookie = [0xdeadbeef, 0x01234567] as const
test.each([
  ['IPv4, even: RFC 792', 4, 16, '0800 0891 beef 0007 deadbeef01234567 1011121314151617'],
  ['IPv4, odd', 4, 9, '0800 44e1 beef 0007 deadbeef01234567 10'],
  ['IPv6, the checksum is the kernel’s: RFC 4443, 4.1', 6, 8, '8000 0000 beef 0007 deadbeef01234567'],
] as const)('an echo request over %s', (_, family, size, bytes) => {
  const view = new DataView(new ArrayBuffer(64))
  const length = writeEcho(view, 0, { family, identifier: 0xbeef, sequence: 7, cookie, size })
  expect(toHex(new DataView(view.buffer, 0, length))).toBe(bytes.replaceAll(' ', ''))
})

const reply = { sourcePort: 443, destinationPort: 10_000, acknowledgment: 0x01020305 }
test.each([
  ['SYN-ACK', '01bb 2710 aaaaaaaa 01020305 6012 fe88 0000 0000 020405b4', { answer: 'open', ...reply }],
  ['SYN-ACK with ECE', '01bb 2710 aaaaaaaa 01020305 5052 fe88 0000 0000', { answer: 'open', ...reply }],
  ['RST-ACK', '01bb 2710 00000000 01020305 5014 0000 0000 0000', { answer: 'closed', ...reply }],
  ['RST that acknowledges nothing', '01bb 2710 00000000 01020305 5004 0000 0000 0000', undefined],
  ['SYN', '01bb 2710 00000000 01020305 5002 0000 0000 0000', undefined],
  ['ACK (a challenge, RFC 5961)', '01bb 2710 00000000 01020305 5010 0000 0000 0000', undefined],
  ['half a header', '01bb 2710 aaaaaaaa 01020305 6012', undefined],
])('a TCP segment: %s', (_, bytes, expected) => {
  const view = hex(bytes)
  expect(readTcpReply(view, 0, view.byteLength)).toEqual(expected)
})

test.each([
  ['without options', `45${'00'.repeat(19)}`, 20],
  ['with the longest options', `4f${'00'.repeat(59)}`, 60],
  ['with options cut short', `4f${'00'.repeat(30)}`, undefined],
  ['that claims less than a header', `44${'00'.repeat(19)}`, undefined],
  ['of another version', `65${'00'.repeat(19)}`, undefined],
  ['cut short', '45', undefined],
])('an IPv4 header %s (RFC 791, 3.1)', (_, bytes, expected) => {
  const view = hex(bytes)
  expect(ipv4HeaderBytes(view, 0, view.byteLength)).toBe(expected)
})

test('echo replies of both versions', () => {
  const expected = { message: 'echo-reply', identifier: 0xbeef, sequence: 7, cookie }
  expect(readIcmp(4, hex('0000 0000 beef 0007 deadbeef01234567'), 0, 16)).toEqual(expected)
  expect(readIcmp(6, hex('8100 0000 beef 0007 deadbeef01234567'), 0, 16)).toEqual(expected)
  expect(readIcmp(4, hex('0800 0000 beef 0007 deadbeef01234567'), 0, 16)).toBeUndefined()
  expect(readIcmp(4, hex('0000 0000 beef 0007 deadbeef01234567'), 0, 15)).toBeUndefined()
})

/** The header of the IPv4 packet that an error quotes, from 192.0.2.1 to 198.51.100.7. */
const header4 = (protocol: string, fragment = '4000') =>
  `4500 002c 0000 ${fragment} 40 ${protocol} 0000 c0000201 c6336407`
const header6 = (next: string) =>
  `60000000 0018 ${next} 40 20010db8000000000000000000000001 20010db8000000000000000000000002`
const quotedSyn = { packet: 'syn', sourcePort: 10_000, destinationPort: 443, sequence: 0x01020304 }
const quotedEcho = { packet: 'echo', identifier: 0xbeef, sequence: 7 }

test.each([
  [
    'a SYN, RFC 792',
    4,
    `0301 0000 00000000 ${header4('06')} 2710 01bb 01020304`,
    { message: 'error', error: 'host-unreachable', destinationAt: 24, quoted: quotedSyn },
  ],
  [
    'an echo, RFC 792',
    4,
    `0b00 0000 00000000 ${header4('01')} 0800 0000 beef 0007`,
    { message: 'error', error: 'ttl-exceeded', destinationAt: 24, quoted: quotedEcho },
  ],
  [
    'a SYN, RFC 4443',
    6,
    `0101 0000 00000000 ${header6('06')} 2710 01bb 01020304`,
    { message: 'error', error: 'admin-prohibited', destinationAt: 32, quoted: quotedSyn },
  ],
  [
    'an echo, RFC 4443',
    6,
    `0200 0000 00000500 ${header6('3a')} 8000 0000 beef 0007`,
    { message: 'error', error: 'packet-too-big', destinationAt: 32, quoted: quotedEcho },
  ],
  ['UDP', 4, `0301 0000 00000000 ${header4('11')} 2710 01bb 01020304`, undefined],
  ['an echo reply', 4, `0301 0000 00000000 ${header4('01')} 0000 0000 beef 0007`, undefined],
  ['a later fragment', 4, `0301 0000 00000000 ${header4('06', '0010')} 2710 01bb 01020304`, undefined],
  ['too little', 4, `0301 0000 00000000 ${header4('06')} 2710 01bb 0102`, undefined],
  ['an extension header', 6, `0101 0000 00000000 ${header6('2c')} 2710 01bb 01020304`, undefined],
] as const)('an ICMP error that quotes %s (IPv%i)', (_, family, bytes, expected) => {
  const view = hex(bytes)
  expect(readIcmp(family, view, 0, view.byteLength)).toEqual(expected)
})

test('every error has its name', () => {
  expect(Array.from({ length: 17 }, (_, code) => icmpError(4, 3, code))).toEqual([
    'net-unreachable',
    'host-unreachable',
    'protocol-unreachable',
    'port-unreachable',
    'packet-too-big',
    'source-route-failed',
    'net-unknown',
    'host-unknown',
    'host-isolated',
    'net-prohibited',
    'host-prohibited',
    'net-unreachable-for-service',
    'host-unreachable-for-service',
    'admin-prohibited',
    'precedence-violation',
    'precedence-cutoff',
    'unreachable',
  ])
  expect(Array.from({ length: 9 }, (_, code) => icmpError(6, 1, code))).toEqual([
    'net-unreachable',
    'admin-prohibited',
    'beyond-scope',
    'host-unreachable',
    'port-unreachable',
    'policy-failed',
    'route-rejected',
    'source-route-failed',
    'unreachable',
  ])
  expect([icmpError(4, 11, 1), icmpError(6, 3, 0)]).toEqual(['reassembly-timeout', 'ttl-exceeded'])
  expect([icmpError(4, 12, 0), icmpError(6, 4, 2)]).toEqual(['parameter-problem', 'parameter-problem'])
  // Redirects, source quench and neighbour discovery say nothing about a probe.
  expect([icmpError(4, 5, 0), icmpError(4, 4, 0), icmpError(6, 135, 0)]).toEqual(Array(3).fill(undefined))
})

test.each([
  ['192.0.2.1', 'c0000201', '192.0.2.1'],
  ['::', '00'.repeat(16), '::'],
  ['::1', `${'00'.repeat(15)}01`, '::1'],
  ['2001:DB8::', '20010db8000000000000000000000000', '2001:db8::'],
  ['2001:db8:0:0:1:0:0:1', '20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
  ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201', '::ffff:c000:201'],
])('the address %s', (text, bytes, formatted) => {
  const view = parseAddress(text)
  expect(toHex(view)).toBe(bytes)
  expect(formatAddress(view, 0, view.byteLength === 4 ? 4 : 6)).toBe(formatted)
})

test.each([
  '192.0.2',
  '192.0.2.256',
  '192.0.2.01',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1::2::3',
  '1:2:3:4:5:6:7::8',
  'fe80::1%eth0',
  '12345::',
  'example.com',
  '',
])('%j is no address', (text) => {
  expect(() => parseAddress(text)).toThrow(`${text} is not an IP address that a raw socket can send to`)
})
