/** Parses an IPv4 or IPv6 address (RFC 4291, section 2.2) into bytes. Throws for anything else. */
export function parseAddress(text: string): DataView {
  const bytes = text.includes(':') ? parse6(text) : parse4(text)
  if (bytes === undefined) throw new Error(`${text} is not an IP address that a raw socket can send to`)
  return new DataView(Uint8Array.from(bytes).buffer)
}

/** Formats 4 or 16 bytes as an address; IPv6 as in URLs, which is RFC 5952 with IPv4 tails in hex. */
export function formatAddress(view: DataView, offset: number, family: 4 | 6): string {
  if (family === 4) return [0, 1, 2, 3].map((at) => view.getUint8(offset + at)).join('.')
  const groups = Array.from({ length: 8 }, (_, at) => view.getUint16(offset + at * 2).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

function parse4(text: string): readonly number[] | undefined {
  const parts = text.split('.')
  const valid = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))
  const bytes = parts.map(Number)
  return valid && bytes.every((byte) => byte <= 255) ? bytes : undefined
}

function parse6(text: string): readonly number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':').flatMap(parseGroup)))
  const given = head!.length + (tail?.length ?? 0)
  // "::" stands for at least one group of zeros.
  if (tail === undefined ? given !== 16 : given > 14) return undefined
  const bytes = [...head!, ...Array<number>(16 - given).fill(0), ...(tail ?? [])]
  return bytes.every((byte) => byte >= 0) ? bytes : undefined
}

/** Parses a group in hex (2 bytes) or an IPv4 tail (4 bytes); −1 marks anything else. */
function parseGroup(group: string): readonly number[] {
  if (group.includes('.')) return parse4(group) ?? [-1]
  if (!/^[0-9a-f]{1,4}$/i.test(group)) return [-1]
  const value = Number.parseInt(group, 16)
  return [value >> 8, value & 0xff]
}
