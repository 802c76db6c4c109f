import { createSocket } from 'node:dgram'
import { type Peer, sameAddress } from '../../network/address.ts'
import { TargetError } from '../../network/fault.ts'
import type { ExchangeContext } from './exchange-context.ts'
import { mismatch } from './message.ts'

/** A lost datagram is no outage: the query is sent again after each of these waits, then no more. */
const resendAfterMs = [1000, 2000, 4000]

/**
 * Sends the query from a random port and waits for the one datagram that answers it; others are ignored.
 * Rejects with the lifetime's reason or the socket's error, and with a `TargetError` (`protocol`) when the
 * time is over and all that came was something else.
 */
export function askOverUdp(
  query: Buffer,
  { address, port, name: peerName }: Peer,
  { lifetime, clock, localAddress }: Pick<ExchangeContext, 'lifetime' | 'clock' | 'localAddress'>,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (lifetime.reason !== undefined) return reject(lifetime.reason)
    const { family } = address
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // Whatever is bound or connected to here is an address already.
      lookup: (literal, _options, done) => done(null, literal, family),
    })
    let open = true
    let cancelResend = () => {}
    let stray: string | undefined

    const close = () => {
      if (!open) return
      open = false
      cancelResend()
      socket.close()
    }
    const fail = (error: unknown) => {
      close()
      reject(error)
    }
    const send = (sent: number) => {
      socket.send(query, (error) => {
        if (error) fail(error)
      })
      const waitMs = resendAfterMs[sent]
      if (waitMs !== undefined) cancelResend = clock.timer(waitMs, () => send(sent + 1))
    }
    // The kernel drops what other addresses and ports send to a connected socket, and reports a port that
    // nobody listens on.
    const connect = () => {
      if (open) socket.connect(port, address.address)
    }

    lifetime.onEnd(() => {
      if (!open) return
      const onlyStrays = `${peerName} answered, but not our query (${stray})`
      fail(stray === undefined ? lifetime.reason : new TargetError('protocol', onlyStrays))
    })
    socket.on('error', fail)
    socket.on('connect', () => {
      if (open) send(0)
    })
    socket.on('message', (datagram, sender) => {
      if (!open) return
      // What arrived between bind and connect was not filtered yet.
      if (sender.port !== port || !sameAddress(sender.address, address.address)) return
      stray = mismatch(query, datagram)
      if (stray !== undefined) return
      close()
      resolve(datagram)
    })
    const source = localAddress(address)
    if (source === undefined) connect()
    else socket.bind({ address: source, exclusive: true }, connect)
  })
}
