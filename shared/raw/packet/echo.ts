import { checksumOf, sumWords } from './checksum.ts'

/** Size of the ICMP header before an echo's data (RFC 792; RFC 4443, section 4.1). */
export const echoHeaderBytes = 8
/** Size of the random cookie in each echo, without which an answer cannot be forged. */
export const cookieBytes = 8

/** "Echo" and "echo reply" of each IP version: RFC 792; RFC 4443, sections 4.1 and 4.2. */
export const echoTypes = { 4: { request: 8, reply: 0 }, 6: { request: 128, reply: 129 } } as const

export interface Echo {
  readonly family: 4 | 6
  readonly identifier: number
  readonly sequence: number
  /** Two random 32-bit words at the start of the data. */
  readonly cookie: readonly [number, number]
  /** Bytes of data, the cookie included. */
  readonly size: number
}

/** Writes an echo request and returns its length. For IPv6 the kernel fills in the checksum (RFC 3542, 3.1). */
export function writeEcho(view: DataView, offset: number, echo: Echo): number {
  const length = echoHeaderBytes + echo.size
  view.setUint8(offset, echoTypes[echo.family].request)
  view.setUint8(offset + 1, 0)
  view.setUint16(offset + 2, 0)
  view.setUint16(offset + 4, echo.identifier)
  view.setUint16(offset + 6, echo.sequence)
  view.setUint32(offset + 8, echo.cookie[0])
  view.setUint32(offset + 12, echo.cookie[1])
  for (let at = echoHeaderBytes + cookieBytes; at < length; at++) view.setUint8(offset + at, at & 0xff)
  if (echo.family === 4) view.setUint16(offset + 2, checksumOf(sumWords(view, offset, length)))
  return length
}
