/** Response codes by number (IANA, "DNS RCODEs"); the gaps are signatures' and updates' affairs. */
const names = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
] as const

export type RcodeName = (typeof names)[number]

/** The codes that a plain query can get as an answer, for the configuration. */
export const rcodeNames: readonly RcodeName[] = names

/** The name of a response code, `RCODE 23` where it has none here. */
export function rcodeName(rcode: number): string {
  return names[rcode] ?? `RCODE ${rcode}`
}
