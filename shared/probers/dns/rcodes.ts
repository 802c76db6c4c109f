/** What a plain query can be answered with, by number (IANA, "DNS RCODEs"). */
export const rcodeNames = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'] as const

export type RcodeName = (typeof rcodeNames)[number]

/** The name of a response code, `RCODE 9` where it is none of those. */
export function rcodeName(rcode: number): string {
  return rcodeNames[rcode] ?? `RCODE ${rcode}`
}
