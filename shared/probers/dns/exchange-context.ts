import type { Peer } from '../../network/address.ts'
import type { Connection } from '../../network/connection.ts'
import type { ProbeContext } from '../prober.ts'

export interface ExchangeContext extends Pick<ProbeContext, 'lifetime' | 'clock' | 'localAddress'> {
  readonly transport: 'udp' | 'tcp'
  /** Opens a TCP connection to this very address. */
  connect(peer: Peer): Promise<Connection>
}
