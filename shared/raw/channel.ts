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

/** A packet as it lies in the receive buffers, for as long as the call lasts that hands it over. */
export interface Packet {
  readonly view: DataView
  readonly offset: number
  readonly length: number
  /** Where `from` begins is the sender's address, of 4 or 16 bytes. */
  readonly from: DataView
  readonly fromOffset: number
  /** Microseconds of wall time. */
  readonly receivedUs: number
}

/** One raw socket: batches out, packets in. */
export interface Channel {
  readonly outbox: Messages
  /** Sends from the `first` message of the outbox on, see `Libc.sendmmsg`. */
  send(first: number, count: number): number
  /** Hands over everything that has arrived. */
  receive(): void
  /** While wanted, `onWritable` is called at every turn of the event loop in which there is room to send. */
  wantWritable(wanted: boolean): void
  close(): void
}

export interface ChannelOptions {
  readonly family: 4 | 6
  readonly protocol: number
  /** The most that one packet has when sent, without the IP header. */
  readonly sendBytes: number
  /** Settings that must hold before the first packet. */
  configure(socket: number): void
  onPacket(packet: Packet): void
  onWritable(): void
}

/** Packets for one call of sendmmsg or recvmmsg; larger batches measured no faster. */
export const sendBatch = 64
const receiveBatch = 128
/** Both headers of an answer with the longest options, and what it quotes of ours: 60 + 8 + 60 + 8, rounded up. */
const receiveBytes = 192
/**
 * What the kernel is asked for to keep answers in until we read them. Without CAP_NET_ADMIN it gives
 * `rmem_max` at most, 212,992 bytes on many systems: some 300 answers, which is why sending pauses to read.
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
    // Answers may arrive as fast as they are read: the event loop gets its turn even so.
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
