import { isIP, SocketAddress } from 'node:net'

/** An IP version, if a check requires one. */
export type IpVersion = 4 | 6

/** An address from the resolver that the guard allows. */
export interface Address {
  readonly address: string
  readonly family: IpVersion
}

/** One address of a host, the port to talk to there, and what people call it. */
export interface Peer {
  readonly address: Address
  readonly port: number
  readonly name: string
}

/** `example.com:443`, `[::1]:443`. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** `db.example.com:5432 (192.0.2.7)`, `192.0.2.7:5432`. */
export function peerOf(host: string, port: number, { address }: Address): string {
  return host === address ? hostAndPort(host, port) : `${hostAndPort(host, port)} (${address})`
}

/**
 * The one spelling of an address (RFC 5952 for IPv6), so that two spellings of the same compare equal.
 * Throws when `text` is no address of that family.
 */
export function canonicalAddress(text: string, family: 'ipv4' | 'ipv6'): string {
  return new SocketAddress({ address: text, family }).address
}

/** Whether two spellings are of one address; without the zone, which only one of them may have. */
export function sameAddress(one: string, other: string): boolean {
  if (one === other) return true
  if (isIP(one) !== 6 || isIP(other) !== 6) return false
  const [a, b] = [one, other].map((text) => canonicalAddress(text.replace(/%.*/, ''), 'ipv6'))
  return a === b
}
