import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Lifetime } from '../../shared/lifetime.ts'
import type { Address } from '../../shared/network/address.ts'
import { openRawSockets } from '../../shared/raw/engine.ts'
import { formatAddress, parseAddress } from '../../shared/raw/packet/address.ts'
import { checksumOf, sumPseudoHeader, sumWords } from '../../shared/raw/packet/checksum.ts'
import { manualClock } from '../fixtures/clock.ts'
import { fakeLibc, type SentPacket } from './fake-libc.ts'

// The engine over a fake network, so that every possible reply is tried. Real packets are tested in test/netns.

const v4: Address = { address: '198.51.100.7', family: 4 }
const v6: Address = { address: '2001:db8::7', family: 6 }
const timeoutMs = 2000

function engine() {
  const clock = manualClock(0)
  const fake = fakeLibc()
  const raw = openRawSockets(fake.libc, clock)
  return { clock, fake, raw, ...watching() }
}

/** Runs pending promises as far as possible. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

/** Records the outcome of a promise, so that a test can see that it is still pending. */
function watching() {
  const outcomes: unknown[] = []
  return {
    outcomes,
    watch(promise: Promise<unknown>) {
      promise.then(
        (answer) => outcomes.push(answer),
        (error: Error) => outcomes.push(error.message),
      )
    },
  }
}

/** A TCP segment that answers a SYN, with a header for IPv4, as a raw socket receives it. */
function segment(
  { family, bytes }: SentPacket,
  change: {
    readonly flags?: number
    readonly acknowledgedBy?: number
    readonly from?: number
    readonly to?: number
    readonly ipOptions?: number
  } = {},
): Uint8Array {
  const header = family === 4 ? 20 + (change.ipOptions ?? 0) * 4 : 0
  const view = new DataView(new ArrayBuffer(header + 20))
  if (header > 0) view.setUint8(0, 0x40 | (header / 4))
  view.setUint16(header, change.from ?? bytes.getUint16(2))
  view.setUint16(header + 2, change.to ?? bytes.getUint16(0))
  view.setUint32(header + 8, bytes.getUint32(4) + (change.acknowledgedBy ?? 1))
  view.setUint8(header + 12, 0x50)
  view.setUint8(header + 13, change.flags ?? 0x12)
  return new Uint8Array(view.buffer)
}

/** An ICMP error as a raw socket receives it, quoting the beginning of one of our packets. */
function icmpError(
  { family, bytes, to, protocol }: SentPacket,
  change: { readonly quoted?: DataView; readonly destination?: DataView; readonly code?: number } = {},
): Uint8Array {
  const outer = family === 4 ? 20 : 0
  const inner = family === 4 ? 20 : 40
  const view = new DataView(new ArrayBuffer(outer + 8 + inner + 8))
  if (family === 4) view.setUint8(0, 0x45)
  view.setUint8(outer, family === 4 ? 3 : 1)
  view.setUint8(outer + 1, change.code ?? 1)
  const quote = outer + 8
  view.setUint8(quote, family === 4 ? 0x45 : 0x60)
  view.setUint8(quote + (family === 4 ? 9 : 6), protocol)
  const destination = change.destination ?? to
  for (let at = 0; at < destination.byteLength; at++)
    view.setUint8(quote + (family === 4 ? 16 : 24) + at, destination.getUint8(at))
  const quoted = change.quoted ?? bytes
  for (let at = 0; at < 8; at++) view.setUint8(quote + inner + at, quoted.getUint8(at))
  return new Uint8Array(view.buffer)
}

/** Sockets, opened in this order: TCP and ICMP of IPv4, then of IPv6. */
const icmpSocket = { 4: 4, 6: 6 }

describe.each([v4, v6])('a SYN to $address', (to) => {
  async function shaken() {
    const made = engine()
    made.watch(made.raw.shake(to, 443, { timeoutMs }))
    await settle()
    expect(made.fake.sent).toHaveLength(1)
    return { ...made, syn: made.fake.sent[0]! }
  }
  const from = parseAddress(to.address)

  test('is answered by SYN-ACK: open', async () => {
    const { fake, clock, syn, outcomes } = await shaken()
    clock.advance(1)
    fake.deliver(syn.socket, segment(syn), from, 350)
    await settle()
    expect(outcomes).toEqual([{ answer: 'open', rttUs: 350 }])
  })

  test('is answered by RST: closed', async () => {
    const { fake, clock, syn, outcomes } = await shaken()
    clock.advance(1)
    fake.deliver(syn.socket, segment(syn, { flags: 0x14 }), from)
    await settle()
    expect(outcomes).toEqual([{ answer: 'closed', rttUs: 100 }])
  })

  test('is not answered: silent, when its time is over and not before', async () => {
    const { clock, outcomes } = await shaken()
    clock.advance(timeoutMs - 1)
    await settle()
    expect(outcomes).toEqual([])
    clock.advance(51)
    await settle()
    expect(outcomes).toEqual([{ answer: 'silent' }])
    expect(clock.pending()).toBe(0)
  })

  test('meets an ICMP error that quotes it', async () => {
    const { fake, syn, outcomes } = await shaken()
    const router = parseAddress(to.family === 4 ? '192.0.2.254' : '2001:db8::fe')
    fake.deliver(icmpSocket[to.family], icmpError(syn, { code: to.family === 4 ? 13 : 1 }), router)
    await settle()
    const told = to.family === 4 ? '192.0.2.254' : '2001:db8::fe'
    expect(outcomes).toEqual([{ answer: 'error', error: 'admin-prohibited', from: told }])
  })

  test('is not answered by anything that only looks like it', async () => {
    const { fake, clock, syn, outcomes } = await shaken()
    const stranger = parseAddress(to.family === 4 ? '198.51.100.8' : '2001:db8::8')
    const wrong = fc.oneof(
      fc
        .integer({ min: 0, max: 0xffff_fffe })
        .filter((by) => by !== 1)
        .map((acknowledgedBy) => ({ bytes: segment(syn, { acknowledgedBy }), from })),
      fc
        .nat(0xffff)
        .filter((port) => port !== 443)
        .map((port) => ({ bytes: segment(syn, { from: port }), from })),
      fc
        .nat(0xffff)
        .filter((port) => port !== syn.bytes.getUint16(0))
        .map((port) => ({ bytes: segment(syn, { to: port }), from })),
      fc.constant({ bytes: segment(syn), from: stranger }),
      fc
        .nat(0xff)
        .filter((flags) => (flags & 0x10) === 0 || (flags & 0x06) === 0)
        .map((flags) => ({ bytes: segment(syn, { flags }), from })),
      fc.nat(segment(syn).length - 1).map((end) => ({ bytes: segment(syn).slice(0, end), from })),
      fc.uint8Array({ maxLength: 250 }).map((bytes) => ({ bytes, from })),
    )
    fc.assert(
      fc.property(wrong, (packet) => fake.deliver(syn.socket, packet.bytes, packet.from)),
      { numRuns: 1000 },
    )
    await settle()
    expect(outcomes).toEqual([])
    clock.advance(1)
    fake.deliver(syn.socket, segment(syn), from)
    await settle()
    expect(outcomes).toEqual([{ answer: 'open', rttUs: 100 }])
  })

  test('is not ended by an ICMP error that was invented', async () => {
    const { fake, syn, outcomes } = await shaken()
    const stranger = parseAddress(to.family === 4 ? '198.51.100.8' : '2001:db8::8')
    const changed = (at: number, by: number) => {
      const quoted = new DataView(syn.bytes.buffer.slice(0))
      quoted.setUint8(at, quoted.getUint8(at) ^ by)
      return icmpError(syn, { quoted })
    }
    const wrong = fc.oneof(
      fc.tuple(fc.nat(7), fc.integer({ min: 1, max: 255 })).map(([at, by]) => changed(at, by)),
      fc.constant(icmpError(syn, { destination: stranger })),
      fc.nat(icmpError(syn).length - 1).map((end) => icmpError(syn).slice(0, end)),
      fc.uint8Array({ maxLength: 250 }),
    )
    fc.assert(
      fc.property(wrong, (bytes) => fake.deliver(icmpSocket[to.family], bytes, from)),
      { numRuns: 1000 },
    )
    await settle()
    expect(outcomes).toEqual([])
    fake.deliver(icmpSocket[to.family], icmpError(syn), from)
    await settle()
    expect(outcomes).toHaveLength(1)
  })
})

test('an answer behind an IP header with options of every length counts', async () => {
  for (let ipOptions = 0; ipOptions <= 10; ipOptions++) {
    const { fake, raw, outcomes, watch } = engine()
    watch(raw.shake(v4, 443, { timeoutMs }))
    await settle()
    const syn = fake.sent[0]!
    fake.deliver(syn.socket, segment(syn, { ipOptions }), parseAddress(v4.address))
    await settle()
    expect(outcomes).toEqual([{ answer: 'open', rttUs: 0 }])
  }
})

test('an answer is one answer, however often it comes', async () => {
  const { fake, raw, outcomes, watch } = engine()
  watch(raw.shake(v4, 443, { timeoutMs }))
  await settle()
  const syn = fake.sent[0]!
  for (let copy = 0; copy < 3; copy++) fake.deliver(syn.socket, segment(syn), parseAddress(v4.address))
  await settle()
  expect(outcomes).toHaveLength(1)
})

describe.each([v4, v6])('a ping of $address', (to) => {
  const from = parseAddress(to.address)

  /** The reply to an echo request: the same message with another type. */
  function reply({ family, bytes }: SentPacket, change?: (view: DataView) => void): Uint8Array {
    const header = family === 4 ? 20 : 0
    const view = new DataView(new ArrayBuffer(header + bytes.byteLength))
    new Uint8Array(view.buffer).set(new Uint8Array(bytes.buffer), header)
    if (header > 0) view.setUint8(0, 0x45)
    view.setUint8(header, family === 4 ? 0 : 129)
    change?.(new DataView(view.buffer, header))
    return new Uint8Array(view.buffer)
  }
  async function pinged() {
    const made = engine()
    made.watch(made.raw.ping!(to, { timeoutMs, size: 64, ttl: 7 }))
    await settle()
    return { ...made, echo: made.fake.sent[0]! }
  }

  test('goes out with its size and hop limit, and is answered', async () => {
    const { fake, clock, echo, outcomes } = await pinged()
    expect([echo.bytes.byteLength, echo.ttl]).toEqual([72, 7])
    clock.advance(1)
    fake.deliver(echo.socket, reply(echo), from, 42)
    await settle()
    expect(outcomes).toEqual([{ answer: 'echo', rttUs: 42 }])
  })

  test('is not answered by a reply with another identifier, sequence, cookie or sender', async () => {
    const { fake, echo, outcomes } = await pinged()
    const stranger = parseAddress(to.family === 4 ? '198.51.100.8' : '2001:db8::8')
    fake.deliver(echo.socket, reply(echo), stranger)
    for (let at = 4; at < 16; at++) {
      const changed = reply(echo, (view) => view.setUint8(at, view.getUint8(at) ^ 1))
      fake.deliver(echo.socket, changed, from)
    }
    await settle()
    expect(outcomes).toEqual([])
  })

  test('meets an error on its way', async () => {
    const { fake, echo, outcomes } = await pinged()
    fake.deliver(echo.socket, icmpError(echo), from)
    await settle()
    expect(outcomes).toMatchObject([{ answer: 'error' }])
  })
})

describe('sending', () => {
  test('goes on where a full socket stopped it', async () => {
    const { fake, raw, outcomes, watch } = engine()
    fake.state.room = 100
    for (let index = 0; index < 300; index++) watch(raw.shake(v4, 1000 + index, { timeoutMs }))
    await settle()
    expect(fake.sent).toHaveLength(100)
    fake.state.room = Number.POSITIVE_INFINITY
    fake.turn()
    fake.turn()
    await settle()
    const ports = fake.sent.map(({ bytes }) => bytes.getUint16(2))
    expect(ports).toEqual(Array.from({ length: 300 }, (_, index) => 1000 + index))
    for (const syn of fake.sent) fake.deliver(syn.socket, segment(syn), parseAddress(v4.address))
    await settle()
    expect(outcomes).toHaveLength(300)
  })

  test('pauses for the event loop, so that answers are read before their buffer is full', async () => {
    const { fake, raw, watch } = engine()
    for (let index = 0; index < 1000; index++) watch(raw.shake(v4, 80, { timeoutMs }))
    await settle()
    expect(fake.sent).toHaveLength(256)
    fake.turn()
    expect(fake.sent).toHaveLength(512)
  })

  test('never has two probes under one source port; the rest waits for one', async () => {
    const { fake, raw, outcomes, watch } = engine()
    for (let index = 0; index < 16_500; index++) watch(raw.shake(v4, 80, { timeoutMs }))
    await settle()
    for (let turn = 0; turn < 100; turn++) fake.turn()
    expect(fake.sent).toHaveLength(16_384)
    const ports = new Set(fake.sent.map(({ bytes }) => bytes.getUint16(0)))
    expect([ports.size, Math.min(...ports), Math.max(...ports)]).toEqual([16_384, 10_000, 26_383])
    const first = fake.sent[0]!
    fake.deliver(first.socket, segment(first), parseAddress(v4.address))
    await settle()
    expect(fake.sent).toHaveLength(16_385)
    expect(fake.sent.at(-1)!.bytes.getUint16(0)).toBe(first.bytes.getUint16(0))
    expect(outcomes).toHaveLength(1)
  })

  test('never uses the same sequence number in a row', async () => {
    const { fake, raw, watch } = engine()
    for (let index = 0; index < 200; index++) watch(raw.shake(v4, 80, { timeoutMs }))
    await settle()
    expect(new Set(fake.sent.map(({ bytes }) => bytes.getUint32(4))).size).toBe(200)
  })

  test('fails for the packet that the system refuses, not for its neighbours', async () => {
    const { fake, raw, outcomes, watch } = engine()
    fake.refusals.push('', 'EPERM', '')
    for (const port of [1, 2, 3]) watch(raw.shake(v4, port, { timeoutMs }))
    await settle()
    expect(outcomes).toEqual(['sending a packet failed: EPERM'])
    expect(fake.sent.map(({ bytes }) => bytes.getUint16(2))).toEqual([1, 3])
  })

  test('fails where there is no route', async () => {
    const { fake, raw } = engine()
    fake.state.denied.set('connect', 'ENETUNREACH')
    await expect(raw.shake(v4, 80, { timeoutMs })).rejects.toMatchObject({ code: 'ENETUNREACH' })
    expect(fake.openSockets()).toBe(4)
  })
})

describe('time', () => {
  test('a wall clock that is set back between the stamps makes none that cannot be', async () => {
    const { fake, clock, raw, outcomes, watch } = engine()
    watch(raw.shake(v4, 443, { timeoutMs }))
    await settle()
    clock.advance(3)
    const syn = fake.sent[0]!
    fake.deliver(syn.socket, segment(syn), parseAddress(v4.address), -5e6)
    await settle()
    expect(outcomes).toEqual([{ answer: 'open', rttUs: 3000 }])
  })

  test('one that is set forward makes none longer than what has passed', async () => {
    const { fake, clock, raw, outcomes, watch } = engine()
    watch(raw.shake(v4, 443, { timeoutMs }))
    await settle()
    clock.advance(3)
    const syn = fake.sent[0]!
    fake.deliver(syn.socket, segment(syn), parseAddress(v4.address), 3600e6)
    await settle()
    expect(outcomes).toEqual([{ answer: 'open', rttUs: 3000 }])
  })

  test('an answer that came while its batch was still being sent is not cut short', async () => {
    const clock = manualClock(0)
    // The call takes five milliseconds, and the first answer arrives before it returns.
    const fake = fakeLibc({ onSent: () => clock.advance(5) })
    const { outcomes, watch } = watching()
    watch(openRawSockets(fake.libc, clock).shake(v4, 443, { timeoutMs }))
    await settle()
    const syn = fake.sent[0]!
    fake.deliver(syn.socket, segment(syn), parseAddress(v4.address), 70)
    await settle()
    expect(outcomes).toEqual([{ answer: 'open', rttUs: 70 }])
  })

  test('without a stamp of the kernel counts when the answer is read', async () => {
    const { fake, clock, raw, outcomes, watch } = engine()
    fake.state.stamps = false
    watch(raw.shake(v4, 443, { timeoutMs }))
    await settle()
    clock.advance(3)
    fake.state.realtimeUs += 2500
    const syn = fake.sent[0]!
    fake.deliver(syn.socket, segment(syn), parseAddress(v4.address))
    await settle()
    expect(outcomes).toEqual([{ answer: 'open', rttUs: 2500 }])
  })
})

describe.each([
  [v4, '192.0.2.2', '198.51.100.99'],
  [v6, '2001:db8::2', '2001:db8::99'],
] as const)('the source address towards $address', (to, routed, asked) => {
  test('is the one that the routes say, and the packet insists on it', async () => {
    const { fake, raw, watch } = engine()
    watch(raw.shake(to, 443, { timeoutMs }))
    watch(raw.ping!(to, { timeoutMs, size: 8 }))
    await settle()
    for (const { source } of fake.sent) expect(source).toEqual(parseAddress(routed))
  })

  test('is the one that is asked for', async () => {
    const { fake, raw, watch } = engine()
    watch(raw.shake(to, 443, { timeoutMs, from: asked }))
    watch(raw.ping!(to, { timeoutMs, size: 8, ttl: 9, from: asked }))
    await settle()
    expect(fake.sent).toHaveLength(2)
    for (const { source } of fake.sent) expect(source).toEqual(parseAddress(asked))
    expect(fake.sent[1]!.ttl).toBe(9)
    if (to.family === 6) return
    const { bytes } = fake.sent[0]!
    const sum = sumPseudoHeader(parseAddress(asked), parseAddress(to.address), 24)
    // A segment that includes its own checksum sums to zero (RFC 1071, section 1).
    expect(checksumOf(sumWords(bytes, 0, 24, sum))).toBe(0)
  })

  test('differs between two that ask, over the same sockets', async () => {
    const { fake, raw, watch } = engine()
    for (const from of [asked, undefined, asked]) watch(raw.shake(to, 443, { timeoutMs, from }))
    await settle()
    expect(fake.sent.map(({ source }) => formatAddress(source!, 0, to.family))).toEqual([
      asked,
      routed,
      asked,
    ])
  })

  test('takes no memory of libc for each destination, however many there are', async () => {
    const { fake, raw, watch } = engine()
    const before = fake.allocations()
    for (let index = 0; index < 5000; index++) {
      const low = index.toString(16)
      const address = to.family === 4 ? `198.51.${index >> 8}.${index & 255}` : `2001:db8::${low}`
      watch(raw.shake({ address, family: to.family }, 443, { timeoutMs }))
    }
    await settle()
    expect(fake.sent.length).toBeGreaterThan(0)
    expect(fake.allocations()).toBe(before)
    raw.close()
  })

  test('that is not ours is our own failure', async () => {
    const { fake, raw } = engine()
    fake.state.denied.set('bind', 'EADDRNOTAVAIL')
    const shaking = raw.shake(to, 443, { timeoutMs, from: asked })
    await expect(shaking).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
    expect(fake.openSockets()).toBe(4)
  })
})

describe('a slot', () => {
  const from = parseAddress(v4.address)
  const portOf = ({ bytes }: SentPacket) => bytes.getUint16(0)

  test('that is used again is not answered by what its last probe caused', async () => {
    const { fake, raw, outcomes, watch } = engine()
    const shake = () => watch(raw.shake(v4, 443, { timeoutMs }))
    shake()
    await settle()
    const first = fake.sent[0]!
    fake.deliver(first.socket, segment(first, { flags: 0x14 }), from)
    let answered = 1
    for (let round = 0; round < 100 && fake.sent.length <= 16_384; round++) {
      for (let index = 0; index < 1024; index++) shake()
      await settle()
      for (let turn = 0; turn < 4; turn++) fake.turn()
      await settle()
      for (; answered < fake.sent.length && answered < 16_384; answered++)
        fake.deliver(first.socket, segment(fake.sent[answered]!), from)
    }
    const again = fake.sent[16_384]!
    expect(portOf(again)).toBe(portOf(first))
    await settle()
    const before = outcomes.length
    fake.deliver(first.socket, segment(first), from)
    fake.deliver(icmpSocket[4], icmpError(first), from)
    await settle()
    expect(outcomes).toHaveLength(before)
    fake.deliver(again.socket, segment(again), from)
    await settle()
    expect(outcomes).toHaveLength(before + 1)
  })

  test('is drawn by lot, so that two processes of one machine do not use the same ports in step', async () => {
    const ports: number[][] = []
    for (const { fake, raw, watch } of [engine(), engine()]) {
      for (let index = 0; index < 64; index++) watch(raw.shake(v4, 443, { timeoutMs }))
      await settle()
      ports.push(fake.sent.map(portOf))
    }
    // By chance, one pair is in step once in 256 times, four pairs once in 10^11 times.
    const inStep = ports[0]!.filter((port, index) => port === ports[1]![index])
    expect(inStep.length).toBeLessThan(4)
    expect(ports[0]).not.toEqual(ports[0]!.toSorted((a, b) => a - b))
  })
})

describe('closing', () => {
  test('fails whatever waits for its answer, for a slot or for room to send, and what comes later', async () => {
    const { clock, fake, raw, outcomes, watch } = engine()
    fake.state.room = 100
    for (let index = 0; index < 300; index++) watch(raw.shake(v4, 80, { timeoutMs }))
    await settle()
    expect(fake.sent).toHaveLength(100)
    watch(raw.ping!(v6, { timeoutMs, size: 8 }))
    raw.close()
    watch(raw.shake(v4, 80, { timeoutMs }))
    watch(raw.ping!(v6, { timeoutMs, size: 8 }))
    await settle()
    expect(outcomes).toEqual(Array(303).fill('the raw sockets of this voter were closed'))
    expect(clock.pending()).toBe(0)
    expect(fake.openSockets()).toBe(0)
  })

  test('says nothing to those whose lifetime is over already', async () => {
    const { raw, outcomes, watch } = engine()
    const lifetime = new Lifetime()
    watch(raw.shake(v4, 80, { timeoutMs, lifetime }))
    await settle()
    lifetime.end(new Error('over'))
    raw.close()
    raw.close()
    await settle()
    expect(outcomes).toEqual(['over'])
  })
})

test('a packet has left when it has left', async () => {
  const { fake, raw, watch } = engine()
  fake.state.room = 1
  let left = 0
  const onSent = () => left++
  for (const port of [1, 2]) watch(raw.shake(v4, port, { timeoutMs, onSent }))
  expect(left).toBe(0)
  await settle()
  expect(left).toBe(1)
  fake.state.room = 1
  fake.turn()
  expect(left).toBe(2)
})

describe('the end of a lifetime', () => {
  test('ends the wait, and a late answer is nobody’s', async () => {
    const { fake, clock, raw, outcomes, watch } = engine()
    const lifetime = new Lifetime()
    watch(raw.shake(v4, 443, { timeoutMs, lifetime }))
    await settle()
    lifetime.end(new Error('over'))
    const syn = fake.sent[0]!
    fake.deliver(syn.socket, segment(syn), parseAddress(v4.address))
    clock.advance(timeoutMs * 2)
    await settle()
    expect(outcomes).toEqual(['over'])
    expect(clock.pending()).toBe(0)
  })

  test('keeps a packet that still waits from being sent', async () => {
    const { fake, raw, outcomes, watch } = engine()
    const lifetime = new Lifetime()
    watch(raw.shake(v4, 443, { timeoutMs, lifetime }))
    lifetime.end(new Error('over'))
    await settle()
    expect(outcomes).toEqual(['over'])
    expect(fake.sent).toEqual([])
  })
})

describe('opening', () => {
  test('without the permission fails', () => {
    const fake = fakeLibc()
    fake.state.denied.set('socket 4', 'EPERM')
    expect(() => openRawSockets(fake.libc, manualClock(0))).toThrow('socket failed: EPERM')
    expect(fake.openSockets()).toBe(0)
  })

  test.each(['socket 4 1', 'socket 6 6', 'socket 6 58'])(
    'that fails half-way (%s) leaves no socket',
    (call) => {
      const fake = fakeLibc()
      fake.state.denied.set(call, 'EMFILE')
      expect(() => openRawSockets(fake.libc, manualClock(0))).toThrow('socket failed: EMFILE')
      expect(fake.openSockets()).toBe(0)
    },
  )

  test('on a machine without IPv6 fails only what needs it', async () => {
    const fake = fakeLibc()
    fake.state.denied.set('socket 6', 'EAFNOSUPPORT')
    const raw = openRawSockets(fake.libc, manualClock(0))
    await expect(raw.shake(v6, 80, { timeoutMs })).rejects.toMatchObject({ code: 'EAFNOSUPPORT' })
    expect(fake.openSockets()).toBe(2)
  })

  test('and closing leaves no socket', () => {
    const { fake, raw } = engine()
    expect(fake.openSockets()).toBe(4)
    raw.close()
    expect(fake.openSockets()).toBe(0)
  })
})
