import { TargetError } from '../../network/fault.ts'

/** The reply is no DNS message this prober can read. The text says what is wrong with it. */
export class MalformedReply extends Error {}

/** The same as a finding about the server `place`. */
export function malformed(peer: string, { message }: MalformedReply): TargetError {
  return new TargetError('protocol', `${peer} sent a malformed reply: ${message}`)
}

/** RFC 1035 §2.3.4. */
const maxNameBytes = 255
/**
 * A name of 255 bytes has at most 127 labels, so more compression pointers than that cannot be honest.
 * With the 5,957 records that fit 64 KB this also bounds the work a hostile reply can cause.
 */
const maxPointers = 127

/**
 * Reads a DNS message from front to back and never beyond `end`, so that a record cannot reach past its
 * own RDLENGTH. Only compression pointers look elsewhere, and only backwards (RFC 1035 §4.1.4).
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

  /** A second cursor at the same place, with the same end. */
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

  /** A character-string: one length byte and so many bytes (RFC 1035 §3.3). */
  characters(): Buffer {
    return this.bytes(this.u8())
  }

  /** A cursor over the next `length` bytes; this one goes on behind them. */
  slice(length: number): Cursor {
    const at = this.#take(length)
    return new Cursor(this.#message, at, at + length)
  }

  /** Passes over a name without following its pointers. */
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

  /** A domain name in lower case, without its last dot; the root is `.`. */
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

  /** Escapes as zone files do (RFC 1035 §5.1): a dot inside a label must not look like the end of one. */
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
 * A name as it goes over the wire. Takes what the schema lets pass: labels of 1–63 printable ASCII
 * characters, no escapes.
 */
export function encodeName(name: string): Buffer {
  if (name === '.') return Buffer.from([0])
  // From the pool: every byte is written below.
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
