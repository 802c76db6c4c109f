import type { BestEffort, Reason } from '../check.ts'
import type { Clock } from '../clock.ts'
import type { Lifetime } from '../lifetime.ts'
import type { Address, IpVersion } from '../network/address.ts'
import type { Connection, DialOptions, Phases } from '../network/connection.ts'
import type { DatagramOptions, DatagramReply } from '../network/datagram.ts'
import type { RawSockets } from '../raw/sockets.ts'

/** What a probe found out about its target. */
export type Finding =
  | {
      readonly online: true
      readonly phases: Phases
      /** The latency that counts, where it is not the time that the whole probe took. */
      readonly latencyMs?: number
      readonly note?: string
      /** Where it was found by best effort only. */
      readonly method?: BestEffort
    }
  | { readonly online: false; readonly reason: Reason; readonly detail: string; readonly phases?: Phases }

export interface ProbeContext {
  /**
   * Is over when the check's timeout is; everything the probe opened must die with it. Its `signal` is for
   * whatever takes an AbortSignal.
   */
  readonly lifetime: Lifetime
  readonly clock: Clock
  /**
   * The addresses of a host, in the order to try, looked up once per host and tick, forbidden ones
   * refused. Throws `TargetError` (reason `dns` or `forbidden`) when the name does not exist or must not
   * be probed, any other error when our own resolver failed.
   */
  resolve(host: string, ip?: IpVersion): Promise<readonly Address[]>
  /** Resolves, guards and connects to that very address. Throws `TargetError` when the target is at fault. */
  dial(options: DialOptions): Promise<Connection>
  /**
   * Resolves, guards and exchanges a datagram with that very address: a UDP kind needs no socket of its own.
   * Throws `TargetError` when the target is at fault; silence ends with the lifetime.
   */
  datagram(options: DatagramOptions): Promise<DatagramReply>
  /**
   * The text behind a secret reference (`env:NAME`, `ssm:/path`, `secretsmanager:name`); any other text
   * is returned as it is. Throws when it cannot be read, which is our own failure.
   */
  secret(text: string): Promise<string>
  /** The source address to bind, where the voter insists on one. `resolve`, `dial` and `datagram` already know it. */
  localAddress(target: Address): string | undefined
  /** What kinds that need raw sockets are probed with; undefined where this voter has none. */
  readonly raw: RawSockets | undefined
}

/**
 * One kind of check. `probe` returns what it found out about the target. `TargetError`s thrown by what it
 * calls (`dial`, `resolve`) may pass through: they are findings too. Every other throw is our own failure
 * and becomes an abstention.
 */
export interface Prober<T> {
  /** Who can vote: `raw` needs a runner. */
  readonly needs: 'tcp' | 'raw'
  /** The host names or addresses the probe will begin with: whether the guard will refuse them is told early. */
  hosts(target: T): readonly string[]
  /** One line that names the target for people: no credentials, no query string, at most 200 characters. */
  label(target: T): string
  /**
   * CPU milliseconds that one probe of this target adds to a warm invocation of the probe function, for the cost
   * estimate: as `npm run bench billed` measures them, on one whole core of an AMD EPYC (Node 24, November 2026).
   * 0 where only runners vote, whose machines cost the same whatever they do.
   */
  cpuMs(target: T): number
  /** Bytes that leave AWS for one probe of this target, for the cost estimate. */
  bytesOut(target: T): number
  probe(target: T, context: ProbeContext): Promise<Finding>
}
