import type { Libc, Watch } from './libc.ts'
import { int32 } from './libc.ts'
import { domain, option, socketAddress, socketType } from './linux.ts'
import {
  allocateMessages,
  type Messages,
  makeRoom,
  outgoingControlBytes,
  receivedBytes,
  stampUs,
} from './messages.ts'

/** A packet in the receive buffers, valid only during the `onPacket` call. */
export interface Packet {
  readonly view: DataView
  readonly offset: number
  readonly length: number
  /** Holds the sender's address, 4 or 16 bytes, at `fromOffset`. */
  readonly from: DataView
  readonly fromOffset: number
  /** Microseconds of wall time. */
  readonly receivedUs: number
}

/** One raw socket: batches out, packets in. */
export interface Channel {
  readonly outbox: Messages
  /** Sends `count` messages of the outbox, starting with `first`; see `Libc.sendmmsg`. */
  send(first: number, count: number): number
  /** Calls `onPacket` for everything that has arrived. */
  receive(): void
  /** While wanted, `onWritable` is called in every turn of the event loop in which the socket can send. */
  wantWritable(wanted: boolean): void
  close(): void
}

export interface ChannelOptions {
  readonly family: 4 | 6
  readonly protocol: number
  /** Maximum size of a sent packet, without the IP header. */
  readonly sendBytes: number
  /** Sets options that must be in place before the first packet. */
  configure(socket: number): void
  onPacket(packet: Packet): void
  onWritable(): void
}

/** Packets for one call of sendmmsg or recvmmsg; larger batches measured no faster. */
export const sendBatch = 64
const receiveBatch = 128
/** Room for an answer's headers with the longest options, and for what it quotes: 60 + 8 + 60 + 8, rounded up. */
const receiveBytes = 192
/**
 * The requested size of the kernel's receive buffer. Without CAP_NET_ADMIN the limit is `rmem_max`, 212,992 bytes on
 * many systems: about 300 answers, which is why sending pauses to read.
 */
const receiveBufferBytes = 8 << 20

/** Opens a raw socket. Throws a `SystemCallError`: `EPERM` without CAP_NET_RAW. */
export function openChannel(libc: Libc, options: ChannelOptions): Channel {
  const { family } = options
  const type = socketType.raw | socketType.nonblock | socketType.cloexec
  const socket = libc.socket(domain[family], type, options.protocol)
  try {
    options.configure(socket)
    libc.setOption(socket, ...option.timestampNs, int32(libc, 1))
    enlargeReceiveBuffer(libc, socket)
  } catch (error) {
    libc.close(socket)
    throw error
  }
  const nameBytes = socketAddress.bytes[family]
  const outbox = allocateMessages(libc, {
    count: sendBatch,
    dataBytes: options.sendBytes,
    nameBytes,
    controlBytes: outgoingControlBytes,
  })
  const inbox = allocateMessages(libc, {
    count: receiveBatch,
    dataBytes: receiveBytes,
    nameBytes,
    controlBytes: 64,
  })

  const receive = () => {
    // Bounded, so that the event loop gets its turn even if answers arrive as fast as they are read.
    for (let round = 0; round < 32; round++) {
      const count = libc.recvmmsg(socket, inbox.headers, receiveBatch)
      for (let index = 0; index < count; index++) {
        const receivedUs = stampUs(inbox, index) ?? libc.realtimeUs()
        options.onPacket({
          view: inbox.data,
          offset: index * receiveBytes,
          length: receivedBytes(inbox, index),
          from: inbox.names,
          fromOffset: index * nameBytes + socketAddress.address[family],
          receivedUs,
        })
        makeRoom(inbox, index)
      }
      if (count < receiveBatch) return
    }
  }

  let wanted = false
  const watch: Watch = libc.watch(socket, { readable: true, writable: false }, () => {
    receive()
    if (wanted) options.onWritable()
  })
  return {
    outbox,
    send: (first, count) => libc.sendmmsg(socket, outbox.headers, first, count),
    receive,
    wantWritable(now) {
      if (now === wanted) return
      wanted = now
      watch.change({ readable: true, writable: now })
    },
    close() {
      watch.stop()
      libc.close(socket)
    },
  }
}

function enlargeReceiveBuffer(libc: Libc, socket: number): void {
  const bytes = int32(libc, receiveBufferBytes)
  try {
    libc.setOption(socket, ...option.receiveBufferForce, bytes)
  } catch {
    libc.setOption(socket, ...option.receiveBuffer, bytes)
  }
}
