import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatAddress, parseAddress } from '../../shared/raw/packet/address.ts'
import { checksumOf, sumPseudoHeader, sumWords } from '../../shared/raw/packet/checksum.ts'
import { readIcmp } from '../../shared/raw/packet/icmp-reply.ts'
import { synBytes, writeSyn } from '../../shared/raw/packet/syn.ts'
import { ipv4HeaderBytes, readTcpReply } from '../../shared/raw/packet/tcp-reply.ts'

const family = fc.constantFrom(4 as const, 6 as const)
const uint16 = fc.integer({ min: 0, max: 0xffff })
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff })

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.slice().buffer)
}

test('no bytes of any length crash a reader, and none is read beyond its end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 160 }), family, (bytes, family) => {
      const view = viewOf(bytes)
      readTcpReply(view, 0, view.byteLength)
      readIcmp(family, view, 0, view.byteLength)
      const header = ipv4HeaderBytes(view, 0, view.byteLength)
      expect(header ?? 20).toBeLessThanOrEqual(Math.max(20, view.byteLength))
    }),
    { numRuns: 2000 },
  )
})

test('no ICMP message crashes the reader, wherever it is cut', () => {
  const message = fc.tuple(
    family,
    fc.constantFrom(0, 1, 2, 3, 4, 11, 12, 129),
    fc.uint8Array({ minLength: 7, maxLength: 140 }),
    fc.constantFrom(0x45, 0x46, 0x4f, 0x60, 0x00),
  )
  fc.assert(
    fc.property(message, fc.nat(150), ([family, type, bytes, first], cutAt) => {
      const view = viewOf(Uint8Array.of(type, ...bytes))
      if (view.byteLength > 8) view.setUint8(8, first)
      const length = Math.min(cutAt, view.byteLength)
      const cut = viewOf(new Uint8Array(view.buffer, 0, length))
      const read = readIcmp(family, view, 0, length)
      // Bytes beyond the cut must not matter.
      expect(readIcmp(family, cut, 0, length)).toEqual(read)
    }),
    { numRuns: 3000 },
  )
})

test('a SYN sums to zero with its pseudo-header, as a receiver checks it (RFC 1071, section 1)', () => {
  const addresses = family.chain((family) => {
    const bytes = family === 4 ? 4 : 16
    const address = fc.uint8Array({ minLength: bytes, maxLength: bytes })
    return fc.record({ family: fc.constant(family), from: address, to: address })
  })
  fc.assert(
    fc.property(addresses, uint16, uint16, uint32, ({ family, from, to }, source, destination, sequence) => {
      const pseudoSum = sumPseudoHeader(viewOf(from), viewOf(to), synBytes)
      const view = new DataView(new ArrayBuffer(synBytes))
      writeSyn(view, 0, { family, sourcePort: source, destinationPort: destination, sequence, pseudoSum })
      expect(checksumOf(sumWords(view, 0, synBytes, pseudoSum))).toBe(0)
    }),
  )
})

test('every address survives being written and read', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc
      .array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 })
      .map((all) => Uint8Array.from(all)),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  )
  fc.assert(
    fc.property(bytes, (bytes) => {
      const text = formatAddress(viewOf(bytes), 0, bytes.length === 4 ? 4 : 6)
      expect(isIP(text)).toBe(bytes.length === 4 ? 4 : 6)
      expect(new Uint8Array(parseAddress(text).buffer)).toEqual(bytes)
    }),
  )
})
