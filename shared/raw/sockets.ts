import type { Lifetime } from '../lifetime.ts'
import type { Address } from '../network/address.ts'
import type { IcmpError } from './packet/icmp-error.ts'

/**
 * A voter's method for half-open probes. `raw`: no socket exists that could complete the handshake. `quickack` (Linux
 * without CAP_NET_RAW): a connection that is reset before its last ACK is sent, unless the machine is busy. `connect`
 * (elsewhere): a full connection, reset at once; the service sees it.
 */
export type Method = 'raw' | 'quickack' | 'connect'

/** An ICMP error: the packet could not be delivered. */
export interface Undeliverable {
  readonly answer: 'error'
  readonly error: IcmpError
  /** The sender of the error; absent if the method does not tell. */
  readonly from?: string
}

export interface Silence {
  readonly answer: 'silent'
}

/** The answer to a SYN. With the method `raw`, the time is from the kernel's receive stamp. */
export type SynAnswer =
  | { readonly answer: 'open' | 'closed'; readonly rttUs: number }
  | Undeliverable
  | Silence

/** The answer to an echo request. */
export type EchoAnswer = { readonly answer: 'echo'; readonly rttUs: number } | Undeliverable | Silence

/** Maximum wait for an answer: the longest timeout of a check. */
export const maxWaitMs = 60_000

export interface SendOptions {
  /** At most `maxWaitMs`. */
  readonly timeoutMs: number
  /** When it ends, the promise rejects with its reason. */
  readonly lifetime?: Lifetime
  /** The source address; by default the one chosen by the system's routes. */
  readonly from?: string | undefined
  /** Called when the packet has been sent: an unsent packet says nothing about the target. */
  readonly onSent?: () => void
}

export interface EchoOptions extends SendOptions {
  /** Bytes of data, 8 to `maxEchoSize`. */
  readonly size: number
  /** Hop limit; by default the system's. */
  readonly ttl?: number | undefined
}

/** Maximum data of an echo: the usual 1,500 bytes of Ethernet minus the headers of IPv4 and ICMP. */
export const maxEchoSize = 1472

/**
 * The sockets for raw probes. Each call sends one packet. A rejection is our own failure (with the system's `code`),
 * never the target's.
 */
export interface RawSockets {
  readonly method: Method
  /** Maximum packets in flight, IPv4 and IPv6 together; the next one waits. */
  readonly atOnce: number
  shake(to: Address, port: number, options: SendOptions): Promise<SynAnswer>
  /** Absent if this voter may not open raw sockets. */
  readonly ping?: (to: Address, options: EchoOptions) => Promise<EchoAnswer>
  /** Closes the sockets: every pending and later call rejects. */
  close(): void
}
