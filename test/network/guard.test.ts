import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { refusal, specialPurpose } from '../../shared/network/guard.ts'

const refused: Readonly<Record<string, readonly string[]>> = {
  'a loopback address': ['127.0.0.1', '127.0.0.0', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1'],
  'the metadata address of the cloud': ['169.254.169.254', 'fd00:ec2::254'],
  'a link-local address': ['169.254.0.1', '169.254.170.2', 'fe80::1', 'febf::1', 'fe80::1%eth0'],
  'a private address': [
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    'fc00::1',
    'fd12:3456::1',
    'fec0::1',
  ],
  'a shared address of a carrier (CGNAT)': ['100.64.0.1', '100.127.255.255'],
  'an unspecified address': ['0.0.0.0', '0.1.2.3', '::'],
  'a multicast address': ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  'the broadcast address': ['255.255.255.255'],
  'a reserved address': [
    '192.0.0.8',
    '198.18.0.1',
    '198.19.255.255',
    '240.0.0.1',
    '2001:10::1',
    '100::1',
    '4000::',
  ],
  'an IPv4 address in IPv6 form': [
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:7f00:1',
    '::7f00:1',
    '::ffff:0:7f00:1',
  ],
  'a NAT64 form of 127.0.0.1, a loopback address': ['64:ff9b::7f00:1', '64:ff9b::127.0.0.1'],
  'a NAT64 form of 169.254.169.254, the metadata address of the cloud': ['64:ff9b::a9fe:a9fe'],
  'a local NAT64 address': ['64:ff9b:1::1'],
  'a tunnel address (6to4)': ['2002:7f00:1::1', '2002:808:808::1'],
  'a tunnel address (Teredo)': ['2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  'an address of one link only': ['2606:4700::1111%eth0'],
  'not an IP address': [
    'localhost',
    '0x7f.1',
    '127.1',
    '2130706433',
    '0177.0.0.1',
    '127.0.0.1 ',
    '',
    '127.0.0.1%lo',
  ],
}

const allowed = [
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '169.253.255.255',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '192.169.0.0',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001::1',
  '2001:200::1',
  '3fff:ffff::1',
  '64:ff9b::808:808',
]

/** Documentation addresses, which must be treated like public ones. */
const documentation = ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1']

describe.each(Object.entries(refused))('%s', (what, addresses) => {
  test.each(addresses)('is what %o is', (address) => {
    expect(specialPurpose(address)).toBe(what)
  })
})

test.each([...allowed, ...documentation])('%s may be probed', (address) => {
  expect(specialPurpose(address)).toBeUndefined()
  expect(refusal(address)).toBeUndefined()
})

test('the refusal names the way out where there is one', () => {
  expect(refusal('127.0.0.1')).toBe(
    '127.0.0.1 is a loopback address; a check may probe it only with "allow_private: true"',
  )
  expect(refusal('10.1.2.3', true)).toBe(
    '10.1.2.3 is a private address; only runners and local runs probe those',
  )
})

test('an IPv4 address in IPv6 clothes is never better off than without them', () => {
  fc.assert(
    fc.property(fc.ipV4(), (v4) => {
      const hex = v4.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))
      const [high, low] = [`${hex[0]}${hex[1]}`, `${hex[2]}${hex[3]}`]
      if (specialPurpose(v4) === undefined) return
      for (const form of [
        `::ffff:${v4}`,
        `::${high}:${low}`,
        `64:ff9b::${v4}`,
        `0064:FF9B:0:0:0:0:${high}:${low}`,
        `64:ff9b:1::${v4}`,
        `2002:${high}:${low}::1`,
      ]) {
        expect(specialPurpose(form), form).toBeDefined()
      }
    }),
    { numRuns: 500 },
  )
})
