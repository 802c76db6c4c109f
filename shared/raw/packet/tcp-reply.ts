/** A segment that may answer a SYN, by its header alone. */
export interface TcpReply {
  readonly answer: 'open' | 'closed'
  readonly sourcePort: number
  readonly destinationPort: number
  /** In an answer to us, our sequence number plus one. */
  readonly acknowledgment: number
}

const flag = { syn: 0x02, rst: 0x04, ack: 0x10 } as const

/**
 * Reads a TCP segment: SYN-ACK is `open`, RST with an acknowledgment is `closed` (RFC 9293, section 3.10.7.3: a reset
 * without one does not answer a SYN). Undefined for any other or truncated segment.
 */
export function readTcpReply(view: DataView, offset: number, length: number): TcpReply | undefined {
  if (length < 20) return undefined
  const flags = view.getUint8(offset + 13)
  if ((flags & flag.ack) === 0) return undefined
  const answer = (flags & flag.rst) !== 0 ? 'closed' : (flags & flag.syn) !== 0 ? 'open' : undefined
  if (answer === undefined) return undefined
  return {
    answer,
    sourcePort: view.getUint16(offset),
    destinationPort: view.getUint16(offset + 2),
    acknowledgment: view.getUint32(offset + 8),
  }
}

/** The length of the IPv4 header at `offset`; undefined if it is not valid (RFC 791, 3.1). */
export function ipv4HeaderBytes(view: DataView, offset: number, length: number): number | undefined {
  if (length < 20) return undefined
  const first = view.getUint8(offset)
  const bytes = (first & 0x0f) * 4
  return first >> 4 === 4 && bytes >= 20 && bytes <= length ? bytes : undefined
}
