import type { Lifetime } from '../lifetime.ts'
import type { Address } from '../network/address.ts'
import type { IcmpError } from './packet/icmp-error.ts'

/**
 * How a voter makes half-open probes. `raw`: no socket exists that could complete the handshake. `quickack`
 * (Linux without CAP_NET_RAW): a connection that is reset before its last ACK goes out, unless the machine
 * is busy. `connect` (elsewhere): a whole connection, reset at once; the service sees it.
 */
export type Method = 'raw' | 'quickack' | 'connect'

/** The network's own word that a packet could not be delivered, and which address said so. */
export interface Undeliverable {
  readonly answer: 'error'
  readonly error: IcmpError
  /** Unknown where the method does not tell. */
  readonly from?: string
}

export interface Silence {
  readonly answer: 'silent'
}

/** What became of a SYN. Microseconds come from the kernel's receive stamp where the method is `raw`. */
export type SynAnswer =
  | { readonly answer: 'open' | 'closed'; readonly rttUs: number }
  | Undeliverable
  | Silence

/** What became of an echo request. */
export type EchoAnswer = { readonly answer: 'echo'; readonly rttUs: number } | Undeliverable | Silence

/** The longest that anything waits for an answer: the longest timeout of a check. */
export const maxWaitMs = 60_000

export interface SendOptions {
  /** At most `maxWaitMs`. */
  readonly timeoutMs: number
  /** Its end ends the wait; the promise then rejects with its reason. */
  readonly lifetime?: Lifetime
  /** The source address; the one that the system's routes say when absent. */
  readonly from?: string | undefined
  /** Called when the packet has left: what never did says nothing of the target. */
  readonly onSent?: () => void
}

export interface EchoOptions extends SendOptions {
  /** Bytes of data, 8 to `maxEchoSize`. */
  readonly size: number
  /** Hops it may take; the system's own number when absent. */
  readonly ttl?: number | undefined
}

/** More would not fit the usual 1,500 bytes of Ethernet after the headers of IPv4 and ICMP. */
export const maxEchoSize = 1472

/**
 * What raw probes are made with. Each call sends one packet. A promise that rejects is our own failure
 * (with the system's `code`), never the target's.
 */
export interface RawSockets {
  readonly method: Method
  /** So many packets can be on their way at once, those of either IP version; the next waits for its turn. */
  readonly atOnce: number
  shake(to: Address, port: number, options: SendOptions): Promise<SynAnswer>
  /** Absent where this voter may not open raw sockets. */
  readonly ping?: (to: Address, options: EchoOptions) => Promise<EchoAnswer>
  /** Whatever waits for an answer, or is asked for later, rejects: nobody looks any more. */
  close(): void
}
