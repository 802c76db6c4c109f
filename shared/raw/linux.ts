// Constants and layouts of Linux on 64-bit little-endian machines (x64 and arm64), from its uapi headers.

export const domain = { 4: 2, 6: 10, unspecified: 0 } as const
export const socketType = { stream: 1, datagram: 2, raw: 3, nonblock: 0o4000, cloexec: 0o2000000 } as const
export const ipProtocol = { icmp: 1, tcp: 6, icmpv6: 58 } as const

/** Level and number of each socket option: socket(7), raw(7), ip(7), ipv6(7), tcp(7). */
export const option = {
  error: [1, 4],
  receiveBuffer: [1, 8],
  linger: [1, 13],
  attachFilter: [1, 26],
  receiveBufferForce: [1, 33],
  timestampNs: [1, 35],
  quickAck: [6, 12],
  ipv6Checksum: [41, 7],
  icmpFilter: [255, 1],
  icmpv6Filter: [58, 1],
} as const

/** Level and type of control messages, the metadata of a packet. */
export const control = {
  timestampNs: [1, 35],
  ttl: { 4: [0, 2], 6: [41, 52] },
  packetInfo: { 4: [0, 8], 6: [41, 50] },
} as const

/** `struct in_pktinfo` and `struct in6_pktinfo`: their length, and the offset of the source address. */
export const packetInfo = { bytes: { 4: 12, 6: 20 }, source: { 4: 4, 6: 0 } } as const

/** `struct mmsghdr`. */
export const messageHeader = {
  bytes: 64,
  name: 0,
  nameBytes: 8,
  vector: 16,
  vectorCount: 24,
  control: 32,
  controlBytes: 40,
  received: 56,
} as const

/** `struct iovec`. */
export const vector = { bytes: 16, base: 0, length: 8 } as const

/** `struct cmsghdr`, followed by its data. */
export const controlHeader = { bytes: 16, length: 0, level: 8, type: 12 } as const

/** `struct sockaddr_in` and `struct sockaddr_in6`: their length, and the offsets of port and address. */
export const socketAddress = { bytes: { 4: 16, 6: 28 }, port: 2, address: { 4: 4, 6: 8 } } as const

/** Writes a packet's destination: family, port and address. */
export function writeSocketAddress(
  view: DataView,
  offset: number,
  { family, address, port }: { readonly family: 4 | 6; readonly address: DataView; readonly port: number },
): void {
  view.setUint16(offset, domain[family], true)
  view.setUint16(offset + socketAddress.port, port)
  writeAddress(view, offset + socketAddress.address[family], address)
}

export function writeAddress(view: DataView, offset: number, address: DataView): void {
  for (let word = 0; word < address.byteLength; word += 4) {
    view.setUint32(offset + word, address.getUint32(word))
  }
}

/** Whether the bytes at `offset` are this address. */
export function isAddress(view: DataView, offset: number, address: DataView): boolean {
  for (let word = 0; word < address.byteLength; word += 4) {
    if (view.getUint32(offset + word) !== address.getUint32(word)) return false
  }
  return true
}

/** The position of an address in a packet. */
export interface AddressAt {
  readonly view: DataView
  readonly offset: number
}
