import { hostAndPort, type IpVersion } from '../../network/address.ts'
import type { RcodeName } from './rcodes.ts'
import type { RecordTypeName } from './types.ts'

/** A server to query. */
export interface DnsServer {
  /** A name or an address, without brackets. */
  readonly host: string
  readonly port: number
}

/** The options of a `dns` check, validated, with all defaults filled in. */
export interface DnsTarget {
  /** ASCII, lower case, without the final dot; the root is `.`. */
  readonly name: string
  readonly type: RecordTypeName
  /** Empty: the voter's own resolvers, tried in turn. */
  readonly servers: readonly DnsServer[]
  /** Whether every server must answer as expected, or only one. */
  readonly require: 'all' | 'any'
  readonly transport: 'udp' | 'tcp'
  readonly recursion: boolean
  readonly ip?: IpVersion
  readonly expect: DnsExpectation
}

/** All conditions must hold. Texts are in canonical form (see types.ts). */
export interface DnsExpectation {
  /** With conditions on records, always NOERROR. */
  readonly rcode: RcodeName
  /** The answer must be validated (AD). */
  readonly authentic: boolean
  /** A part of at least one record. */
  readonly contains?: string
  /** At least one of these is among the records. */
  readonly any?: readonly string[]
  /** Each of these is among the records. */
  readonly all?: readonly string[]
  /** The records are these and no others; empty: there are none. */
  readonly exact?: readonly string[]
  /** None of these is among the records. */
  readonly none?: readonly string[]
}

/** A server's name for people, without the default port. */
export function nameOfServer({ host, port }: DnsServer): string {
  return port === 53 ? host : hostAndPort(host, port)
}
