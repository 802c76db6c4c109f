import { canonicalAddress } from '../../network/address.ts'
import { ipv6Text } from './address.ts'
import { readServiceParameters } from './svcb.ts'
import type { Cursor } from './wire.ts'

/**
 * One type of record. Its canonical text is that of zone files, with names in lower case and without the final dot.
 */
export interface RecordType {
  readonly code: number
  /** Reads the canonical text of one record; undefined if the record is not of this type after all. */
  readonly read: (rdata: Cursor) => string | undefined
  /** Converts a text that matches `shape` to its canonical form. */
  readonly canonical: (text: string) => string
  /** Converts a part of a text to the case of the canonical form. */
  readonly fold: (text: string) => string
  /** The form of a canonical text; `example` is one for messages. */
  readonly shape: RegExp
  readonly example: string
}

const asIs = (text: string) => text
const oneSpace = (text: string) => text.trim().replace(/\s+/g, ' ')
const lowerCase = (text: string) => text.toLowerCase()
/** Canonical form of names and numbers: lower case, without the final dot of a name. */
const nameCase = (text: string) =>
  oneSpace(text)
    .toLowerCase()
    .replace(/(?<=[^.\s])\.(?= |$)/g, '')
const quoted = (bytes: Buffer) => `"${bytes.toString('utf8').replace(/["\\]/g, '\\$&')}"`

/** Joins the chunks of a text without separators (RFC 7208 §3.3). */
function readText(rdata: Cursor): string {
  const chunks: Buffer[] = []
  while (rdata.left > 0) chunks.push(rdata.characters())
  return Buffer.concat(chunks).toString('utf8')
}

/** A type of numbers and names. */
function namesType(
  code: number,
  example: string,
  shape: RegExp,
  read: (rdata: Cursor) => string,
): RecordType {
  return { code, read, canonical: nameCase, fold: nameCase, shape, example }
}

/** A type of `numbers`, then bytes in hex or base64, in which users may put spaces. */
function bytesType(
  code: number,
  example: string,
  numbers: readonly ('u8' | 'u16')[],
  encoding: 'hex' | 'base64',
): RecordType {
  const fold = encoding === 'hex' ? lowerCase : asIs
  const digits = encoding === 'hex' ? '[0-9a-f]+' : '[A-Za-z0-9+/]+=*'
  return {
    code,
    read: (rdata) => [...numbers.map((size) => rdata[size]()), rdata.rest().toString(encoding)].join(' '),
    canonical(text) {
      const words = fold(oneSpace(text)).split(' ')
      return [...words.slice(0, numbers.length), words.slice(numbers.length).join('')].join(' ')
    },
    fold,
    shape: new RegExp(`^(\\d+ ){${numbers.length}}${digits}$`),
    example,
  }
}

/** SVCB and HTTPS (RFC 9460). */
function serviceType(code: number): RecordType {
  return {
    code,
    read: (rdata) => [rdata.u16(), rdata.name(), ...readServiceParameters(rdata)].join(' '),
    canonical(text) {
      const [priority = '', target = '', ...parameters] = oneSpace(text).split(' ')
      return [priority, nameCase(target), ...parameters].join(' ')
    },
    fold: asIs,
    shape: /^\d+ \S+( \S+)*$/,
    example: '1 . alpn=h2,h3',
  }
}

/** The types that can be queried, with their numbers (IANA, "Resource Record (RR) TYPEs"). */
export const recordTypes = {
  A: {
    code: 1,
    read: (rdata) => rdata.bytes(4).join('.'),
    canonical: (text) => canonicalAddress(text, 'ipv4'),
    fold: asIs,
    shape: /^\d+(\.\d+){3}$/,
    example: '192.0.2.1',
  },
  AAAA: {
    code: 28,
    read: (rdata) => ipv6Text(rdata.bytes(16)),
    canonical: (text) => canonicalAddress(text, 'ipv6'),
    fold: lowerCase,
    shape: /^[0-9a-f:.]+$/,
    example: '2001:db8::1',
  },
  CNAME: namesType(5, 'www.example.com', /^\S+$/, (rdata) => rdata.name()),
  NS: namesType(2, 'ns1.example.com', /^\S+$/, (rdata) => rdata.name()),
  PTR: namesType(12, 'host.example.com', /^\S+$/, (rdata) => rdata.name()),
  MX: namesType(15, '10 mail.example.com', /^\d+ \S+$/, (rdata) => `${rdata.u16()} ${rdata.name()}`),
  SOA: namesType(
    6,
    'ns1.example.com hostmaster.example.com 2026010100 7200 3600 1209600 300',
    /^\S+ \S+( \d+){5}$/,
    (rdata) =>
      `${rdata.name()} ${rdata.name()} ` +
      `${rdata.u32()} ${rdata.u32()} ${rdata.u32()} ${rdata.u32()} ${rdata.u32()}`,
  ),
  SRV: namesType(
    33,
    '10 5 5060 sip.example.com',
    /^(\d+ ){3}\S+$/,
    (rdata) => `${rdata.u16()} ${rdata.u16()} ${rdata.u16()} ${rdata.name()}`,
  ),
  TXT: { code: 16, read: readText, canonical: asIs, fold: asIs, shape: /^/, example: 'any text' },
  /** SPF is in TXT records; its own type 99 is obsolete (RFC 7208 §3.1, §4.5). */
  SPF: {
    code: 16,
    read(rdata) {
      const text = readText(rdata)
      return /^v=spf1( |$)/i.test(text) ? text : undefined
    },
    canonical: asIs,
    fold: asIs,
    shape: /^v=spf1( |$)/i,
    example: 'v=spf1 mx -all',
  },
  CAA: {
    code: 257,
    read: (rdata) =>
      `${rdata.u8()} ${rdata.characters().toString('latin1').toLowerCase()} ${quoted(rdata.rest())}`,
    canonical(text) {
      const [flags = '', tag = '', ...words] = oneSpace(text).split(' ')
      const value = words.join(' ')
      return `${flags} ${tag.toLowerCase()} ${value.startsWith('"') ? value : `"${value}"`}`
    },
    fold: asIs,
    shape: /^\d+ [a-z0-9]+ ".*"$/,
    example: '0 issue "ca.example.net"',
  },
  NAPTR: {
    code: 35,
    read: (rdata) =>
      `${rdata.u16()} ${rdata.u16()} ` +
      `${quoted(rdata.characters())} ${quoted(rdata.characters())} ${quoted(rdata.characters())} ${rdata.name()}`,
    canonical: (text) => oneSpace(text).replace(/\S+$/, nameCase),
    fold: asIs,
    shape: /^\d+ \d+ ".*" ".*" ".*" \S+$/,
    example: '100 10 "S" "SIP+D2U" "" _sip._udp.example.com',
  },
  DS: bytesType(43, '12345 13 2 5a0c93f1', ['u16', 'u8', 'u8'], 'hex'),
  SSHFP: bytesType(44, '4 2 9f86d081', ['u8', 'u8'], 'hex'),
  TLSA: bytesType(52, '3 1 1 0b9fa5a5', ['u8', 'u8', 'u8'], 'hex'),
  DNSKEY: bytesType(48, '257 3 13 mdsswUyr', ['u16', 'u8', 'u8'], 'base64'),
  SVCB: serviceType(64),
  HTTPS: serviceType(65),
} satisfies Record<string, RecordType>

export type RecordTypeName = keyof typeof recordTypes
