/** Response codes to a plain query, by number (IANA, "DNS RCODEs"). */
export const rcodeNames = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'] as const

export type RcodeName = (typeof rcodeNames)[number]

/** The name of a response code, or `RCODE 9` for others. */
export function rcodeName(rcode: number): string {
  return rcodeNames[rcode] ?? `RCODE ${rcode}`
}
