import type { Address } from '../../shared/network/address.ts'

/** What a program of this bench is asked for: one line of JSON. */
export interface Load extends Address {
  readonly count: number
  /** So many at once, all the time. */
  readonly inFlight: number
  readonly timeoutMs: number
  /** Whether to tell each round trip, in the order of the checks: for one at a time. */
  readonly rtts?: boolean
}

/** What it answers when it is through with it. */
export interface Outcome {
  readonly open: number
  /** Silent, refused, broken: none of which happens in this bench unless something is wrong. */
  readonly others: number
  readonly rttsUs?: readonly number[]
}

/** Check number n goes to port `firstPort` + n modulo `ports`. */
export const firstPort = 9000
export const ports = 64

/** The addresses that are pinged, all of them the server's. */
export function pinged(family: 4 | 6): readonly string[] {
  return Array.from({ length: 2000 }, (_, index) =>
    family === 4 ? `10.98.${index >> 8}.${index & 0xff}` : `fd98::${(index + 1).toString(16)}`,
  )
}
