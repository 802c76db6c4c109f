import { isIP } from 'node:net'
import { canonicalAddress } from '../../network/address.ts'

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
