import type { Clock } from '../clock.ts'
import type { Packet } from './channel.ts'
import type { Destination } from './destination.ts'
import type { Probe } from './exchange.ts'
import { passIcmpTypes } from './filter.ts'
import type { Libc } from './libc.ts'
import { type AddressAt, ipProtocol, isAddress, writeSocketAddress } from './linux.ts'
import { setOutgoing } from './messages.ts'
import { formatAddress } from './packet/address.ts'
import { echoHeaderBytes, echoTypes, writeEcho } from './packet/echo.ts'
import { icmpErrorTypes } from './packet/icmp-error.ts'
import { type EchoReply, type QuotedEcho, type QuotedSyn, readIcmp } from './packet/icmp-reply.ts'
import { ipv4HeaderBytes } from './packet/tcp-reply.ts'
import { openProbeChannel } from './probe-channel.ts'
import { createRandomWords } from './random.ts'
import { unsent } from './slots.ts'
import { type EchoAnswer, maxEchoSize, type Undeliverable } from './sockets.ts'

type Reply = Extract<EchoAnswer, { answer: 'echo' }>

export interface EchoProbe extends Probe<Reply> {
  readonly to: Destination
  readonly size: number
  readonly ttl: number | undefined
  /** Set when sent; random, so that only a host that received it can answer. */
  cookie: readonly [number, number]
}

export interface Echoes {
  /** Returns a function that cancels it. */
  send(of: Omit<EchoProbe, 'slot' | 'cookie'>): () => void
  close(): void
}

/**
 * Pings over a raw ICMP socket, with slots as sequence numbers. The same socket receives the errors about all
 * undeliverable packets; those that quote a SYN go to `onSynError`.
 */
export function openEchoes(
  libc: Libc,
  clock: Clock,
  family: 4 | 6,
  onSynError: (quoted: QuotedSyn, destination: AddressAt, error: Undeliverable) => void,
): Echoes {
  const identifier = createRandomWords()() & 0xffff
  const { exchange, send, close } = openProbeChannel<Reply, EchoProbe>(libc, clock, {
    family,
    protocol: family === 4 ? ipProtocol.icmp : ipProtocol.icmpv6,
    sendBytes: echoHeaderBytes + maxEchoSize,
    configure: (socket) =>
      passIcmpTypes(libc, socket, family, [echoTypes[family].reply, ...icmpErrorTypes[family]]),
    onPacket,
    write(probe, index, outbox, randomWord) {
      const { to, size, ttl } = probe
      probe.cookie = [randomWord(), randomWord()]
      const echo = { family, identifier, sequence: probe.slot, cookie: probe.cookie, size }
      const length = writeEcho(outbox.data, index * outbox.dataBytes, echo)
      writeSocketAddress(outbox.names, index * outbox.nameBytes, { family, address: to.address, port: 0 })
      setOutgoing(outbox, index, { family, length, source: to.source, ttl })
    },
  })

  function onPacket(packet: Packet) {
    const { view, offset, length, from, fromOffset } = packet
    const header = family === 4 ? ipv4HeaderBytes(view, offset, length) : 0
    if (header === undefined) return
    const message = readIcmp(family, view, offset + header, length - header)
    if (message === undefined) return
    if (message.message === 'echo-reply') return onReply(message, packet)
    const { quoted, error } = message
    const destination = { view, offset: message.destinationAt }
    const undeliverable = (): Undeliverable => ({
      answer: 'error',
      error,
      from: formatAddress(from, fromOffset, family),
    })
    if (quoted.packet === 'syn') onSynError(quoted, destination, undeliverable())
    else onEchoError(quoted, destination, undeliverable())
  }

  function onReply(reply: EchoReply, { from, fromOffset, receivedUs }: Packet) {
    const probe = exchange.at(reply.sequence)
    const isAnswer =
      probe !== undefined &&
      reply.identifier === identifier &&
      reply.cookie[0] === probe.cookie[0] &&
      reply.cookie[1] === probe.cookie[1] &&
      isAddress(from, fromOffset, probe.to.address)
    if (isAnswer) exchange.settle(probe, { answer: 'echo', rttUs: exchange.rttUs(probe, receivedUs) })
  }

  function onEchoError(quoted: QuotedEcho, { view, offset }: AddressAt, error: Undeliverable) {
    const probe = exchange.at(quoted.sequence)
    const isOurs =
      probe !== undefined && quoted.identifier === identifier && isAddress(view, offset, probe.to.address)
    if (isOurs) exchange.settle(probe, error)
  }

  return {
    send: (of) => send({ ...of, slot: unsent, cookie: [0, 0] }),
    close,
  }
}
