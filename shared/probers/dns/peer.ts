import type { Address } from '../../network/address.ts'
import type { Connection } from '../../network/connection.ts'
import type { ProbeContext } from '../prober.ts'

/** One address of a server. */
export interface Peer {
  readonly address: Address
  readonly port: number
  /** The server's name for people. */
  readonly name: string
}

export interface ExchangeContext extends Pick<ProbeContext, 'lifetime' | 'clock' | 'localAddress'> {
  readonly transport: 'udp' | 'tcp'
  /** Opens a TCP connection to this very address. */
  connect(peer: Peer): Promise<Connection>
}
