import { cookieBytes, echoHeaderBytes, echoTypes } from './echo.ts'
import { type IcmpError, icmpError } from './icmp-error.ts'
import { ipv4HeaderBytes } from './tcp-reply.ts'

/** The answer to an echo request. */
export interface EchoReply {
  readonly message: 'echo-reply'
  readonly identifier: number
  readonly sequence: number
  readonly cookie: readonly [number, number]
}

/** An error with what it quotes of the undeliverable packet: enough to find the probe. */
export interface ErrorReply {
  readonly message: 'error'
  readonly error: IcmpError
  /** Offset in the view of the quoted packet's destination address, 4 or 16 bytes. */
  readonly destinationAt: number
  readonly quoted: QuotedSyn | QuotedEcho
}

export interface QuotedSyn {
  readonly packet: 'syn'
  readonly sourcePort: number
  readonly destinationPort: number
  readonly sequence: number
}

export interface QuotedEcho {
  readonly packet: 'echo'
  readonly identifier: number
  readonly sequence: number
}

/** Reads an ICMP or ICMPv6 message. Undefined if it is truncated or cannot answer a SYN or an echo. */
export function readIcmp(
  family: 4 | 6,
  view: DataView,
  offset: number,
  length: number,
): EchoReply | ErrorReply | undefined {
  if (length < 8) return undefined
  const type = view.getUint8(offset)
  if (type === echoTypes[family].reply) return readEchoReply(view, offset, length)
  const error = icmpError(family, type, view.getUint8(offset + 1))
  if (error === undefined) return undefined
  // RFC 792; RFC 4443, section 3.1: the packet that caused the error follows the header of 8 bytes.
  return family === 4
    ? readQuoted4(error, view, offset + 8, length - 8)
    : readQuoted6(error, view, offset + 8, length - 8)
}

function readEchoReply(view: DataView, offset: number, length: number): EchoReply | undefined {
  if (length < echoHeaderBytes + cookieBytes) return undefined
  return {
    message: 'echo-reply',
    identifier: view.getUint16(offset + 4),
    sequence: view.getUint16(offset + 6),
    cookie: [view.getUint32(offset + 8), view.getUint32(offset + 12)],
  }
}

const protocol = { icmp: 1, tcp: 6, icmpv6: 58 } as const

function readQuoted4(
  error: IcmpError,
  view: DataView,
  offset: number,
  length: number,
): ErrorReply | undefined {
  const header = ipv4HeaderBytes(view, offset, length)
  if (header === undefined) return undefined
  // Only a first fragment has the headers that identify the packet (RFC 791, section 3.1).
  if ((view.getUint16(offset + 6) & 0x1fff) !== 0) return undefined
  const quoted = readQuotedContent(4, view.getUint8(offset + 9), view, offset + header, length - header)
  return quoted && { message: 'error', error, destinationAt: offset + 16, quoted }
}

/** Our packets have no extension headers, so a packet with any is not ours (RFC 8200, section 4). */
function readQuoted6(
  error: IcmpError,
  view: DataView,
  offset: number,
  length: number,
): ErrorReply | undefined {
  if (length < 40 || view.getUint8(offset) >> 4 !== 6) return undefined
  const quoted = readQuotedContent(6, view.getUint8(offset + 6), view, offset + 40, length - 40)
  return quoted && { message: 'error', error, destinationAt: offset + 24, quoted }
}

/** Reads the first 8 bytes, which every router quotes (RFC 792): ports and sequence number, or id and sequence. */
function readQuotedContent(
  family: 4 | 6,
  next: number,
  view: DataView,
  offset: number,
  length: number,
): QuotedSyn | QuotedEcho | undefined {
  if (length < 8) return undefined
  if (next === protocol.tcp) {
    return {
      packet: 'syn',
      sourcePort: view.getUint16(offset),
      destinationPort: view.getUint16(offset + 2),
      sequence: view.getUint32(offset + 4),
    }
  }
  const isEcho =
    next === (family === 4 ? protocol.icmp : protocol.icmpv6) &&
    view.getUint8(offset) === echoTypes[family].request
  if (!isEcho) return undefined
  return {
    packet: 'echo',
    identifier: view.getUint16(offset + 4),
    sequence: view.getUint16(offset + 6),
  }
}
