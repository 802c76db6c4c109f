/** Why the network could not deliver a packet. */
export type IcmpError =
  | 'net-unreachable'
  | 'host-unreachable'
  | 'protocol-unreachable'
  | 'port-unreachable'
  | 'source-route-failed'
  | 'net-unknown'
  | 'host-unknown'
  | 'host-isolated'
  | 'net-prohibited'
  | 'host-prohibited'
  | 'net-unreachable-for-service'
  | 'host-unreachable-for-service'
  | 'admin-prohibited'
  | 'precedence-violation'
  | 'precedence-cutoff'
  | 'beyond-scope'
  | 'policy-failed'
  | 'route-rejected'
  | 'packet-too-big'
  | 'ttl-exceeded'
  | 'reassembly-timeout'
  | 'parameter-problem'
  | 'unreachable'

/** Destination unreachable by code: RFC 792; RFC 1122 section 3.2.2.1; RFC 1812 section 5.2.7.1. */
const unreachable4: readonly IcmpError[] = [
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
]

/** Destination unreachable by code: RFC 4443 section 3.1; code 7 is from RFC 6550. */
const unreachable6: readonly IcmpError[] = [
  'net-unreachable',
  'admin-prohibited',
  'beyond-scope',
  'host-unreachable',
  'port-unreachable',
  'policy-failed',
  'route-rejected',
  'source-route-failed',
]

const timeExceeded: readonly IcmpError[] = ['ttl-exceeded', 'reassembly-timeout']

/** The types that are errors, by IP version: RFC 792; RFC 4443, section 2.1. */
export const icmpErrorTypes = { 4: [3, 11, 12], 6: [1, 2, 3, 4] } as const

/** The error of an ICMP type and code; undefined if the type is not an error. An unknown code gets its type's error. */
export function icmpError(family: 4 | 6, type: number, code: number): IcmpError | undefined {
  if (family === 4) {
    if (type === 3) return unreachable4[code] ?? 'unreachable'
    if (type === 11) return timeExceeded[code] ?? 'ttl-exceeded'
    return type === 12 ? 'parameter-problem' : undefined
  }
  if (type === 1) return unreachable6[code] ?? 'unreachable'
  if (type === 2) return 'packet-too-big'
  if (type === 3) return timeExceeded[code] ?? 'ttl-exceeded'
  return type === 4 ? 'parameter-problem' : undefined
}
