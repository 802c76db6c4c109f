import { isIP, SocketAddress } from 'node:net'

/**
 * The canonical form of an address (RFC 5952 for IPv6), so that two spellings of one address compare equal. Throws if
 * `text` is not an address of that family.
 */
export function canonicalAddress(text: string, family: 'ipv4' | 'ipv6'): string {
  return new SocketAddress({ address: text, family }).address
}

/** Whether two texts are the same address; ignores the zone, which may be in only one of them. */
export function sameAddress(one: string, other: string): boolean {
  if (one === other) return true
  if (isIP(one) !== 6 || isIP(other) !== 6) return false
  const [a, b] = [one, other].map((text) => canonicalAddress(text.replace(/%.*/, ''), 'ipv6'))
  return a === b
}

/** Formats the 16 bytes of an AAAA record. */
export function ipv6Text(bytes: Buffer): string {
  return canonicalAddress(bytes.toString('hex').replace(/.{4}(?=.)/g, '$&:'), 'ipv6')
}

/** The name of an address for reverse look-ups (RFC 1035 §3.5, RFC 3596 §2.5). */
export function reverseName(address: string): string {
  if (isIP(address) === 4) return `${address.split('.').reverse().join('.')}.in-addr.arpa`
  const { hostname } = new URL(`http://[${address}]/`)
  const [head = '', tail] = hostname.slice(1, -1).split('::')
  const groups = (text: string) => text.split(':').filter((group) => group !== '')
  const front = groups(head)
  const back = groups(tail ?? '')
  const zeros = Array<string>(8 - front.length - back.length).fill('0')
  const digits = [...front, ...zeros, ...back].map((group) => group.padStart(4, '0')).join('')
  return `${[...digits].reverse().join('.')}.ip6.arpa`
}
