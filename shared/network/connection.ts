import type { Socket } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { Address, IpVersion } from './address.ts'

/** Milliseconds spent in each phase; a phase that did not happen is absent. */
export interface Phases {
  readonly dns?: number
  readonly connect?: number
  readonly tls?: number
  readonly firstByte?: number
  readonly transfer?: number
}

export interface DialOptions {
  readonly host: string
  readonly port: number
  readonly ip?: IpVersion | undefined
  /**
   * If present, a TLS handshake follows. `servername` defaults to `host` if that is a name. If `rejectUnauthorized` is
   * false, the caller judges the certificate itself.
   */
  readonly tls?: ConnectionOptions | undefined
}

/** An open connection. The caller of `dial` closes it when done; the end of the probe's lifetime closes it anyway. */
export interface Connection {
  readonly socket: Socket | TLSSocket
  readonly address: Address
  readonly phases: Pick<Phases, 'dns' | 'connect' | 'tls'>
}
