import { type Libc, type Memory, SystemCallError } from '../../shared/raw/libc.ts'
import {
  control,
  controlHeader,
  domain,
  messageHeader,
  packetInfo,
  socketAddress,
  vector,
  writeAddress,
} from '../../shared/raw/linux.ts'
import { parseAddress } from '../../shared/raw/packet/address.ts'

/** The source address of packets, unless a socket is bound to another. */
const ownAddress = { 4: parseAddress('192.0.2.2'), 6: parseAddress('2001:db8::2') }

/** A sent packet, without its IP header. */
export interface SentPacket {
  readonly socket: number
  readonly family: 4 | 6
  readonly protocol: number
  readonly bytes: DataView
  readonly to: DataView
  /** The required source address; undefined if the routes decide. */
  readonly source: DataView | undefined
  readonly ttl: number | undefined
}

interface FakeSocket {
  readonly family: 4 | 6
  readonly protocol: number
  readonly arrived: { readonly bytes: Uint8Array; readonly from: DataView; readonly atUs: number }[]
  onReady: () => void
  wantsWritable: boolean
  bound?: DataView
}

/** A C library with a fake network: it records what is sent, and receives what the test delivers. */
export function fakeLibc(options: { readonly onSent?: (packet: SentPacket) => void } = {}) {
  const memories: Memory[] = []
  const sockets = new Map<number, FakeSocket>()
  const sent: SentPacket[] = []
  const refusals: string[] = []
  let nextAddress = 0x1000
  let nextSocket = 3
  let error = ''
  const state = {
    realtimeUs: 1e15,
    room: Number.POSITIVE_INFINITY,
    denied: new Map<string, string>(),
    /** Whether received packets have the kernel's stamp. */
    stamps: true,
  }
  const permit = (call: string) => {
    const code = state.denied.get(call)
    if (code !== undefined) throw new SystemCallError(code, call.split(' ')[0]!)
  }

  /** The memory into which a header's pointer points. */
  const follow = (view: DataView, offset: number) => {
    const address = Number(view.getBigUint64(offset, true))
    const memory = memories.find(
      (one) => address >= one.address && address < one.address + Math.max(1, one.view.byteLength),
    )
    if (memory === undefined) throw new Error(`a pointer to nowhere: ${address}`)
    return { view: memory.view, offset: address - memory.address }
  }
  const messageAt = (messages: Memory, index: number) => {
    const header = index * messageHeader.bytes
    const vectors = follow(messages.view, header + messageHeader.vector)
    return {
      header,
      name: follow(messages.view, header + messageHeader.name),
      control: follow(messages.view, header + messageHeader.control),
      data: follow(vectors.view, vectors.offset + vector.base),
      dataBytes: Number(vectors.view.getBigUint64(vectors.offset + vector.length, true)),
      controlBytes: messages.view.getUint32(header + messageHeader.controlBytes, true),
    }
  }
  const copy = (view: DataView, offset: number, length: number) =>
    new DataView(view.buffer.slice(view.byteOffset + offset, view.byteOffset + offset + length))

  /** Reads the control messages of a packet (cmsg(3)). */
  const controlsOf = (family: 4 | 6, message: ReturnType<typeof messageAt>) => {
    const { view, offset } = message.control
    let source: DataView | undefined
    let ttl: number | undefined
    for (let at = 0; at < message.controlBytes; ) {
      const length = view.getUint32(offset + at + controlHeader.length, true)
      const kind = [controlHeader.level, controlHeader.type].map((field) =>
        view.getUint32(offset + at + field, true),
      )
      const data = offset + at + controlHeader.bytes
      if (String(kind) === String(control.packetInfo[family])) {
        source = copy(view, data + packetInfo.source[family], ownAddress[family].byteLength)
      } else if (String(kind) === String(control.ttl[family])) ttl = view.getInt32(data, true)
      else throw new Error(`no control message that was to be expected: ${kind}`)
      at += Math.ceil(length / 8) * 8
    }
    return { source, ttl }
  }

  const libc: Libc = {
    allocate(byteLength) {
      const memory = { view: new DataView(new ArrayBuffer(byteLength)), address: nextAddress }
      nextAddress += byteLength + 16
      memories.push(memory)
      return memory
    },
    socket(number, _type, protocol) {
      const family = number === domain[4] ? 4 : 6
      permit(`socket ${family}`)
      permit(`socket ${family} ${protocol}`)
      const socket = nextSocket++
      sockets.set(socket, { family, protocol, arrived: [], onReady: () => {}, wantsWritable: false })
      return socket
    },
    setOption() {},
    send() {},
    pendingError: () => undefined,
    bind(number, name) {
      permit('bind')
      const socket = sockets.get(number)!
      const at = socketAddress.address[socket.family]
      socket.bound = copy(name.view, at, ownAddress[socket.family].byteLength)
    },
    connect: () => permit('connect'),
    getsockname(number, name) {
      const { family, bound = ownAddress[family] } = sockets.get(number)!
      writeAddress(name.view, socketAddress.address[family], bound)
    },
    close: (socket) => void sockets.delete(socket),
    sendmmsg(number, messages, first, count) {
      const socket = sockets.get(number)!
      let index = 0
      for (; index < count; index++) {
        error = refusals[0] ?? (state.room === 0 ? 'EAGAIN' : '')
        // As in Linux, an error after sent packets is returned by the next call.
        if (error === '' || index === 0) refusals.shift()
        if (error !== '') break
        state.room--
        const message = messageAt(messages, first + index)
        const at = message.name.offset + socketAddress.address[socket.family]
        const packet = {
          socket: number,
          family: socket.family,
          protocol: socket.protocol,
          bytes: copy(message.data.view, message.data.offset, message.dataBytes),
          to: copy(message.name.view, at, socket.family === 4 ? 4 : 16),
          ...controlsOf(socket.family, message),
        }
        sent.push(packet)
        options.onSent?.(packet)
      }
      return index === 0 ? -1 : index
    },
    recvmmsg(number, messages, count) {
      const socket = sockets.get(number)!
      const taken = socket.arrived.splice(0, count)
      taken.forEach(({ bytes, from, atUs }, index) => {
        const message = messageAt(messages, index)
        const length = Math.min(bytes.length, message.dataBytes)
        new Uint8Array(message.data.view.buffer).set(bytes.subarray(0, length), message.data.offset)
        const at = message.name.offset + socketAddress.address[socket.family]
        for (let byte = 0; byte < from.byteLength; byte++)
          message.name.view.setUint8(at + byte, from.getUint8(byte))
        const { view, offset } = message.control
        messages.view.setUint32(message.header + messageHeader.controlBytes, state.stamps ? 32 : 0, true)
        view.setUint32(offset + controlHeader.level, 1, true)
        view.setUint32(offset + controlHeader.type, 35, true)
        view.setUint32(offset + 16, Math.floor(atUs / 1e6), true)
        view.setUint32(offset + 24, Math.round((atUs % 1e6) * 1e3), true)
        messages.view.setUint32(message.header + messageHeader.received, bytes.length, true)
      })
      return taken.length === 0 ? -1 : taken.length
    },
    lastError: () => error,
    realtimeUs: () => state.realtimeUs,
    watch(number, { writable }, onReady) {
      const socket = sockets.get(number)!
      socket.onReady = onReady
      socket.wantsWritable = writable
      return {
        change: (events) => {
          socket.wantsWritable = events.writable
        },
        stop() {
          socket.onReady = () => {}
        },
      }
    },
  }
  return {
    libc,
    sent,
    state,
    /** The errors of the next packets to be sent. */
    refusals,
    openSockets: () => sockets.size,
    allocations: () => memories.length,
    /** Delivers a packet to a socket and calls its watcher. */
    deliver(number: number, bytes: Uint8Array, from: DataView, afterUs = 100) {
      const socket = sockets.get(number)!
      socket.arrived.push({ bytes, from, atUs: state.realtimeUs + afterUs })
      socket.onReady()
    },
    /** One turn of the event loop, for sockets that want to send more. */
    turn() {
      for (const socket of sockets.values()) if (socket.wantsWritable) socket.onReady()
    },
  }
}
