import type { Address } from '../../shared/network/address.ts'

/** A request to a program of this benchmark, sent as one line of JSON. */
export interface Load extends Address {
  readonly count: number
  /** The constant number of checks in flight. */
  readonly inFlight: number
  readonly timeoutMs: number
  /** Whether to report each round trip in the order of the checks; requires one check at a time. */
  readonly rtts?: boolean
}

/** The response after all checks. */
export interface Outcome {
  readonly open: number
  /** Silent, refused or failed checks, which happen only if something is wrong. */
  readonly others: number
  readonly rttsUs?: readonly number[]
}

/** Check n goes to port `firstPort` + n modulo `ports`. */
export const firstPort = 9000
export const ports = 64

/** The 2,000 addresses to ping, all of them the server's. */
export function pinged(family: 4 | 6): readonly string[] {
  return Array.from({ length: 2000 }, (_, index) =>
    family === 4 ? `10.98.${index >> 8}.${index & 0xff}` : `fd98::${(index + 1).toString(16)}`,
  )
}
