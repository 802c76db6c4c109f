import { TargetError } from '../../network/fault.ts'

/** The reply is not a DNS message that this prober can read; the message says why. */
export class MalformedReply extends Error {}

/** The error as a finding about the server `peer`. */
export function malformed(peer: string, { message }: MalformedReply): TargetError {
  return new TargetError('protocol', `${peer} sent a malformed reply: ${message}`)
}

/** RFC 1035 §2.3.4. */
const maxNameBytes = 255
/**
 * Maximum compression pointers: a name of 255 bytes has at most 127 labels, so an honest one needs no more. With the
 * 5,957 records that fit into 64 KB, this also bounds the work that a hostile reply can cause.
 */
const maxPointers = 127

/**
 * Reads a DNS message from front to back and never beyond `end`, so that a record cannot exceed its RDLENGTH. Only
 * compression pointers lead elsewhere, and only backwards (RFC 1035 §4.1.4).
 */
export class Cursor {
  readonly #message: Buffer
  readonly #end: number
  #at: number

  constructor(message: Buffer, at = 0, end = message.length) {
    this.#message = message
    this.#at = at
    this.#end = end
  }

  get left(): number {
    return this.#end - this.#at
  }

  /** A second cursor at the same position, with the same end. */
  copy(): Cursor {
    return new Cursor(this.#message, this.#at, this.#end)
  }

  #take(length: number): number {
    const at = this.#at
    if (length > this.left) throw new MalformedReply('cut short')
    this.#at += length
    return at
  }

  u8(): number {
    return this.#message.readUInt8(this.#take(1))
  }

  u16(): number {
    return this.#message.readUInt16BE(this.#take(2))
  }

  u32(): number {
    return this.#message.readUInt32BE(this.#take(4))
  }

  bytes(length: number): Buffer {
    const at = this.#take(length)
    return this.#message.subarray(at, at + length)
  }

  rest(): Buffer {
    return this.bytes(this.left)
  }

  /** A character-string: a length byte and that many bytes (RFC 1035 §3.3). */
  characters(): Buffer {
    return this.bytes(this.u8())
  }

  /** A cursor over the next `length` bytes; this one continues after them. */
  slice(length: number): Cursor {
    const at = this.#take(length)
    return new Cursor(this.#message, at, at + length)
  }

  /** Skips a name without following its pointers. */
  skipName(): void {
    for (let labels = 0; labels <= maxPointers; labels++) {
      const length = this.u8()
      if (length === 0) return
      if (length >= 0xc0) {
        this.u8()
        return
      }
      if (length > 63) throw new MalformedReply('a label of an unknown kind')
      this.#take(length)
    }
    throw new MalformedReply('a name of more than 127 labels')
  }

  /** A domain name in lower case, without the final dot; the root is `.`. */
  name(): string {
    const start = this.#at
    this.skipName()
    const labels: string[] = []
    let at = start
    let behind = start
    let bytes = 1
    let pointers = 0
    for (;;) {
      const length = this.#byteAt(at)
      if (length === 0) return labels.length === 0 ? '.' : labels.join('.')
      if (length >= 0xc0) {
        const target = ((length & 0x3f) << 8) | this.#byteAt(at + 1)
        pointers += 1
        if (target >= behind || pointers > maxPointers) throw new MalformedReply('a bad compression pointer')
        at = target
        behind = target
        continue
      }
      bytes += length + 1
      if (length > 63 || bytes > maxNameBytes) throw new MalformedReply('a name that is too long')
      labels.push(this.#label(at + 1, length))
      at += length + 1
    }
  }

  #byteAt(at: number): number {
    const byte = this.#message[at]
    if (byte === undefined) throw new MalformedReply('cut short')
    return byte
  }

  /** A label, escaped as in zone files (RFC 1035 §5.1): a dot inside a label must not look like its end. */
  #label(at: number, length: number): string {
    if (at + length > this.#message.length) throw new MalformedReply('cut short')
    return this.#message
      .toString('latin1', at, at + length)
      .replace(/[^!-~]|[.\\]/g, (character) =>
        character < '!' || character > '~' ? decimal(character) : `\\${character}`,
      )
      .toLowerCase()
  }
}

function decimal(character: string): string {
  return `\\${String(character.charCodeAt(0)).padStart(3, '0')}`
}

/**
 * Encodes a name in wire format. Accepts what the schema accepts: labels of 1–63 printable ASCII characters without
 * escapes.
 */
export function encodeName(name: string): Buffer {
  if (name === '.') return Buffer.from([0])
  // Not zeroed, but every byte is written below.
  const bytes = Buffer.allocUnsafe(name.length + 2)
  let at = 0
  for (const label of name.split('.')) {
    bytes[at] = label.length
    bytes.write(label, at + 1, 'latin1')
    at += label.length + 1
  }
  bytes[at] = 0
  return bytes
}
