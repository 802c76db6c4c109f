import { createSocket } from 'node:dgram'
import type { Clock } from '../clock.ts'
import type { Lifetime } from '../lifetime.ts'
import { type Address, hostAndPort, type IpVersion, type Peer, peerOf, sameAddress } from './address.ts'
import type { Phases } from './connection.ts'
import type { DialContext } from './dial.ts'
import { attribute } from './errno.ts'
import { TargetError } from './fault.ts'
import { probeWithIpv6Fallback } from './ipv6-fallback.ts'

/** What is sent, how often, and what counts as its answer. */
export interface Datagram {
  readonly payload: Buffer
  /**
   * A lost datagram is no outage: the payload is sent again after each of these waits in milliseconds, one after
   * the other, then no more. Each wait ends with the answer.
   */
  readonly resendAfterMs: readonly number[]
  /**
   * Whether a reply answers the payload: true, or in a few words why it does not ("wrong id"). It must compare
   * something that only who read the payload can know, since anybody can send under a false address.
   */
  accept(reply: Buffer): true | string
}

export interface DatagramOptions extends Datagram {
  readonly host: string
  readonly port: number
  readonly ip?: IpVersion | undefined
}

/** What came back, and from where. */
export interface DatagramReply {
  readonly reply: Buffer
  readonly address: Address
  /** `firstByte` is the time from the first sending to the reply. */
  readonly phases: Pick<Phases, 'dns' | 'firstByte'>
}

/**
 * Resolves a host and exchanges a datagram with the first address it has; a voter without IPv4 goes on with the
 * first IPv6 one. Throws `TargetError` when the target is at fault (`refused`, `unreachable`; `protocol` when all
 * that came until the end of the lifetime was no answer), the lifetime's reason when nothing came until then, any
 * other error when we are at fault.
 */
export async function datagram(options: DatagramOptions, context: DialContext): Promise<DatagramReply> {
  const { host, port, ip } = options
  try {
    const { found, to, phases } = await probeWithIpv6Fallback({ host, ip }, context, async (address) => {
      const name = peerOf(host, port, address)
      context.enter('answer', name)
      const startMs = context.clock.monotonic()
      const reply = await exchangeDatagram(options, { address, port, name }, context)
      return { reply, firstByte: context.clock.monotonic() - startMs }
    })
    return { reply: found.reply, address: to, phases: { ...phases, firstByte: found.firstByte } }
  } catch (error) {
    throw attribute(error, hostAndPort(host, port))
  }
}

export interface DatagramContext {
  readonly lifetime: Lifetime
  readonly clock: Clock
  /** The source address to bind; undefined lets the system choose. */
  localAddress(target: Address): string | undefined
}

/**
 * Sends to one address, which the caller has guarded, from a random port, and waits for the one reply that answers;
 * whatever another address or port sends is ignored. Rejects with the lifetime's reason or the socket's error, and
 * with a `TargetError` (`protocol`) when the lifetime is over and all that came was something else.
 */
export function exchangeDatagram(
  { payload, resendAfterMs, accept }: Datagram,
  { address, port, name }: Peer,
  { lifetime, clock, localAddress }: DatagramContext,
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
      socket.send(payload, (error) => {
        if (error) fail(error)
      })
      const waitMs = resendAfterMs[sent]
      if (waitMs !== undefined) cancelResend = clock.timer(waitMs, () => send(sent + 1))
    }
    // The kernel drops what other addresses and ports send to a connected socket, and reports a port that
    // no process listens on.
    const connect = () => {
      if (open) socket.connect(port, address.address)
    }

    lifetime.onEnd(() => {
      if (!open) return
      const onlyStrays = `${name} answered, but not our query (${stray})`
      fail(stray === undefined ? lifetime.reason : new TargetError('protocol', onlyStrays))
    })
    socket.on('error', fail)
    socket.on('connect', () => {
      if (open) send(0)
    })
    socket.on('message', (reply, sender) => {
      if (!open) return
      // What arrived between bind and connect was not filtered yet.
      if (sender.port !== port || !sameAddress(sender.address, address.address)) return
      const verdict = accept(reply)
      if (verdict !== true) {
        stray = verdict
        return
      }
      close()
      resolve(reply)
    })
    const source = localAddress(address)
    if (source === undefined) connect()
    else socket.bind({ address: source, exclusive: true }, connect)
  })
}
