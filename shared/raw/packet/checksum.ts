/** The sum of bytes as 16-bit words in network order, not yet folded (RFC 1071, section 1). */
export function sumWords(view: DataView, offset: number, length: number, initial = 0): number {
  let sum = initial
  const lastWord = offset + length - 1
  for (let at = offset; at < lastWord; at += 2) sum += view.getUint16(at)
  // An odd last byte counts as if a zero byte followed.
  return length % 2 === 0 ? sum : sum + (view.getUint8(lastWord) << 8)
}

/** The internet checksum of a sum: folded to 16 bits and complemented (RFC 1071, section 1). */
export function checksumOf(sum: number): number {
  let folded = sum
  while (folded > 0xffff) folded = (folded % 0x1_0000) + Math.floor(folded / 0x1_0000)
  return ~folded & 0xffff
}

/**
 * The pseudo-header's share of TCP's checksum: RFC 9293 section 3.1 for IPv4, RFC 8200 section 8.1 for
 * IPv6. Both sum to the same words.
 */
export function sumPseudoHeader(source: DataView, destination: DataView, length: number): number {
  const protocolTcp = 6
  return (
    sumWords(source, 0, source.byteLength) +
    sumWords(destination, 0, destination.byteLength) +
    protocolTcp +
    length
  )
}
