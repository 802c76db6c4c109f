import type { Clock } from '../clock.ts'
import type { Packet } from './channel.ts'
import type { Destination } from './destination.ts'
import type { Probe } from './exchange.ts'
import { attachFilter, replyFilter } from './filter.ts'
import { int32, type Libc } from './libc.ts'
import { type AddressAt, ipProtocol, isAddress, option, writeSocketAddress } from './linux.ts'
import { setOutgoing } from './messages.ts'
import type { QuotedSyn } from './packet/icmp-reply.ts'
import { synBytes, tcpChecksumOffset, writeSyn } from './packet/syn.ts'
import { ipv4HeaderBytes, readTcpReply } from './packet/tcp-reply.ts'
import { openProbeChannel } from './probe-channel.ts'
import { slotCount, unsent } from './slots.ts'
import type { SynAnswer, Undeliverable } from './sockets.ts'

/**
 * The first source port; a slot is a source port. These ports are below those that Linux gives to its own connections
 * (`ip_local_port_range` starts at 32768), so that an answer confuses no socket of this machine. If that range was
 * widened, a SYN may rarely collide with a connection to the same service: it is then not answered, and the next
 * attempt uses another port.
 */
const firstPort = 10_000

type TcpAnswer = Extract<SynAnswer, { answer: 'open' | 'closed' }>

export interface SynProbe extends Probe<TcpAnswer> {
  readonly to: Destination
  readonly port: number
  /** Set when sent; random, so that only a host that received it can answer. */
  sequence: number
}

export interface HalfOpen {
  /** Returns a function that cancels it. */
  send(of: Omit<SynProbe, 'slot' | 'sequence'>): () => void
  /** Handles an ICMP error that quotes a SYN to `destination`; it counts only if the SYN is one of ours. */
  onError(quoted: QuotedSyn, destination: AddressAt, error: Undeliverable): void
  close(): void
}

/**
 * Half-open probes over a raw TCP socket: we send SYN, and the kernel, which knows no such connection, answers the
 * SYN-ACK with RST. No socket exists that could complete the handshake.
 */
export function openHalfOpen(libc: Libc, clock: Clock, family: 4 | 6): HalfOpen {
  const { exchange, send, close } = openProbeChannel<TcpAnswer, SynProbe>(libc, clock, {
    family,
    protocol: ipProtocol.tcp,
    sendBytes: synBytes,
    configure(socket) {
      attachFilter(libc, socket, replyFilter(family, { first: firstPort, last: firstPort + slotCount - 1 }))
      if (family === 6) libc.setOption(socket, ...option.ipv6Checksum, int32(libc, tcpChecksumOffset))
    },
    onPacket,
    write(probe, index, outbox, randomWord) {
      const { to, port } = probe
      probe.sequence = randomWord()
      writeSyn(outbox.data, index * outbox.dataBytes, {
        family,
        sourcePort: firstPort + probe.slot,
        destinationPort: port,
        sequence: probe.sequence,
        pseudoSum: to.pseudoSum,
      })
      // A raw IPv6 socket reads the port as a protocol number, so it must be zero (ipv6(7)).
      writeSocketAddress(outbox.names, index * outbox.nameBytes, { family, address: to.address, port: 0 })
      setOutgoing(outbox, index, { family, length: synBytes, source: to.source, ttl: undefined })
    },
  })

  function onPacket({ view, offset, length, from, fromOffset, receivedUs }: Packet) {
    const header = family === 4 ? ipv4HeaderBytes(view, offset, length) : 0
    if (header === undefined) return
    const reply = readTcpReply(view, offset + header, length - header)
    if (reply === undefined) return
    const probe = exchange.at(reply.destinationPort - firstPort)
    const isAnswer =
      probe !== undefined &&
      reply.sourcePort === probe.port &&
      // RFC 9293, section 3.10.7.3: the answer acknowledges the SYN, which counts as one byte.
      reply.acknowledgment === (probe.sequence + 1) >>> 0 &&
      isAddress(from, fromOffset, probe.to.address)
    if (isAnswer) exchange.settle(probe, { answer: reply.answer, rttUs: exchange.rttUs(probe, receivedUs) })
  }

  return {
    send: ({ to, port, timeoutMs, settle, fail, onSent }) =>
      send({ to, port, timeoutMs, settle, fail, onSent, slot: unsent, sequence: 0 }),
    onError({ sourcePort, destinationPort, sequence }, { view, offset }, error) {
      const probe = exchange.at(sourcePort - firstPort)
      // RFC 5927, section 4.1: the quoted sequence number distinguishes a real error from a forged one.
      const isOurs =
        probe !== undefined &&
        destinationPort === probe.port &&
        sequence === probe.sequence &&
        isAddress(view, offset, probe.to.address)
      if (isOurs) exchange.settle(probe, error)
    },
    close,
  }
}
