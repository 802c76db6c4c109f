import type { Libc, Memory } from './libc.ts'
import {
  control,
  controlHeader,
  messageHeader,
  packetInfo,
  socketAddress,
  vector,
  writeAddress,
} from './linux.ts'

/** Buffers for a batch of packets sent or received in one call. */
export interface Messages {
  readonly count: number
  readonly headers: Memory
  /** The packets, `dataBytes` each. */
  readonly data: DataView
  readonly dataBytes: number
  /** The socket addresses: each packet's destination or sender. */
  readonly names: DataView
  readonly nameBytes: number
  readonly controls: DataView
  readonly controlBytes: number
  /** Held so that the addresses in the headers stay valid; see `Memory`. */
  readonly held: readonly Memory[]
}

export interface MessagesOptions {
  readonly count: number
  readonly dataBytes: number
  readonly nameBytes: number
  readonly controlBytes: number
}

/** Allocates `count` messages, with headers that point to their data, names and control messages. */
export function allocateMessages(libc: Libc, options: MessagesOptions): Messages {
  const { count, dataBytes, nameBytes, controlBytes } = options
  const headers = libc.allocate(count * messageHeader.bytes)
  const vectors = libc.allocate(count * vector.bytes)
  const data = libc.allocate(count * dataBytes)
  const names = libc.allocate(count * nameBytes)
  const controls = libc.allocate(count * controlBytes)
  for (let index = 0; index < count; index++) {
    const at = index * vector.bytes
    setPointer(vectors.view, at + vector.base, data.address + index * dataBytes)
    setPointer(vectors.view, at + vector.length, dataBytes)
    const header = index * messageHeader.bytes
    setPointer(headers.view, header + messageHeader.name, names.address + index * nameBytes)
    setPointer(headers.view, header + messageHeader.vector, vectors.address + at)
    setPointer(headers.view, header + messageHeader.vectorCount, 1)
    setPointer(headers.view, header + messageHeader.control, controls.address + index * controlBytes)
  }
  const messages = {
    ...options,
    headers,
    data: data.view,
    names: names.view,
    controls: controls.view,
    held: [vectors, data, names, controls],
  }
  for (let index = 0; index < count; index++) makeRoom(messages, index)
  return messages
}

/** Resets a message's buffer sizes before receiving, because the kernel overwrites them with the used sizes. */
export function makeRoom({ headers, nameBytes, controlBytes }: Messages, index: number): void {
  const header = index * messageHeader.bytes
  headers.view.setUint32(header + messageHeader.nameBytes, nameBytes, true)
  headers.view.setUint32(header + messageHeader.controlBytes, controlBytes, true)
}

/** The number of bytes received into a message, at most its buffer. */
export function receivedBytes({ headers, dataBytes }: Messages, index: number): number {
  const bytes = headers.view.getUint32(index * messageHeader.bytes + messageHeader.received, true)
  return Math.min(bytes, dataBytes)
}

/** The kernel's receive stamp of a message, in microseconds of wall time; undefined without one. */
export function stampUs({ headers, controls, controlBytes }: Messages, index: number): number | undefined {
  const stampBytes = controlHeader.bytes + 16
  const given = headers.view.getUint32(index * messageHeader.bytes + messageHeader.controlBytes, true)
  const at = index * controlBytes
  const [level, type] = control.timestampNs
  const isStamp =
    given >= stampBytes &&
    controls.getUint32(at + controlHeader.level, true) === level &&
    controls.getUint32(at + controlHeader.type, true) === type
  if (!isStamp) return undefined
  // `struct timespec`; the lower half of its seconds is enough until 2106.
  const seconds = controls.getUint32(at + controlHeader.bytes, true)
  return seconds * 1e6 + controls.getUint32(at + controlHeader.bytes + 8, true) / 1e3
}

export interface Outgoing {
  readonly family: 4 | 6
  readonly length: number
  /** Undefined: the source address chosen by the system's routes. */
  readonly source: DataView | undefined
  /** Undefined: the system's default hop limit. */
  readonly ttl: number | undefined
}

/** Sets the length, source address and hop limit of a message to send. */
export function setOutgoing(messages: Messages, index: number, outgoing: Outgoing): void {
  const { headers, held, controls, controlBytes } = messages
  const { family, length, source, ttl } = outgoing
  const header = index * messageHeader.bytes
  held[0]!.view.setUint32(index * vector.bytes + vector.length, length, true)
  headers.view.setUint32(header + messageHeader.nameBytes, socketAddress.bytes[family], true)
  const start = index * controlBytes
  let end = start
  if (source !== undefined) {
    const bytes = packetInfo.bytes[family]
    setControl(controls, start, control.packetInfo[family], bytes)
    writeAddress(controls, start + controlHeader.bytes + packetInfo.source[family], source)
    end += controlHeader.bytes + bytes
  }
  if (ttl !== undefined) {
    const at = start + aligned(end - start)
    setControl(controls, at, control.ttl[family], 4)
    controls.setInt32(at + controlHeader.bytes, ttl, true)
    end = at + controlHeader.bytes + 4
  }
  headers.view.setUint32(header + messageHeader.controlBytes, end - start, true)
}

/** Room for the control messages of `setOutgoing` for an IPv6 packet, which are longer than IPv4's. */
export const outgoingControlBytes = 64

function setControl(view: DataView, at: number, [level, type]: readonly [number, number], bytes: number) {
  view.setUint32(at + controlHeader.length, controlHeader.bytes + bytes, true)
  view.setUint32(at + controlHeader.level, level, true)
  view.setUint32(at + controlHeader.type, type, true)
}

/** Control messages start at multiples of 8 (CMSG_ALIGN). */
function aligned(bytes: number): number {
  return (bytes + 7) & ~7
}

/** A user-space address has at most 57 bits (47 unless a process asks Linux for more), so a number can hold it. */
function setPointer(view: DataView, offset: number, value: number): void {
  view.setBigUint64(offset, BigInt(value), true)
}
