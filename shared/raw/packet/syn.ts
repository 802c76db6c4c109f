import { checksumOf, sumWords } from './checksum.ts'

/** A TCP header of 20 bytes with one option, the maximum segment size. */
export const synBytes = 24
/** Offset of the checksum in the TCP header (RFC 9293, section 3.1). */
export const tcpChecksumOffset = 16

/** The SYN's maximum segment size: the usual 1,500 bytes of Ethernet minus both headers (RFC 9293, 3.7.1). */
const segmentBytes = { 4: 1460, 6: 1440 } as const

export interface Syn {
  readonly family: 4 | 6
  readonly sourcePort: number
  readonly destinationPort: number
  readonly sequence: number
  /** The sum of the pseudo-header; if undefined, the checksum stays zero for the kernel to fill in. */
  readonly pseudoSum: number | undefined
}

/** Writes a SYN segment of `synBytes` (RFC 9293, section 3.1). */
export function writeSyn(view: DataView, offset: number, syn: Syn): void {
  view.setUint16(offset, syn.sourcePort)
  view.setUint16(offset + 2, syn.destinationPort)
  view.setUint32(offset + 4, syn.sequence)
  view.setUint32(offset + 8, 0)
  // Header length of six words; flag SYN.
  view.setUint16(offset + 12, 0x6002)
  view.setUint16(offset + 14, 64_240)
  view.setUint32(offset + tcpChecksumOffset, 0)
  // Option 2, 4 bytes long: the maximum segment size.
  view.setUint16(offset + 20, 0x0204)
  view.setUint16(offset + 22, segmentBytes[syn.family])
  if (syn.pseudoSum !== undefined) {
    const sum = sumWords(view, offset, synBytes, syn.pseudoSum)
    view.setUint16(offset + tcpChecksumOffset, checksumOf(sum))
  }
}
