import type { Peer } from '../../network/address.ts'
import { exchangeDatagram } from '../../network/datagram.ts'
import type { ExchangeContext } from './exchange-context.ts'
import { mismatch } from './message.ts'

/** A lost datagram is no outage: the query is sent again after each of these waits, then no more. */
const resendAfterMs = [1000, 2000, 4000]

/**
 * The one datagram that answers the query. Rejects with the lifetime's reason or the socket's error, and with a
 * `TargetError` (`protocol`) when the time is over and all that came was something else.
 */
export function askOverUdp(
  query: Buffer,
  peer: Peer,
  context: Pick<ExchangeContext, 'lifetime' | 'clock' | 'localAddress'>,
): Promise<Buffer> {
  const accept = (reply: Buffer) => mismatch(query, reply) ?? true
  return exchangeDatagram({ payload: query, resendAfterMs, accept }, peer, context)
}
