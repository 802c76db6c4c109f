import { describe, expect, test } from 'vitest'
import { halfOpen } from '../../shared/probers/half_open/half-open.ts'
import { halfOpenSchema } from '../../shared/probers/half_open/schema.ts'
import type { RawSockets } from '../../shared/raw/sockets.ts'
import { scriptedSockets, voteOf } from '../fixtures/raw-sockets.ts'

const target = { host: '192.0.2.1', port: 443, attempts: 3 }

async function vote(raw: RawSockets | undefined, options: Partial<typeof target> = {}, timeoutMs = 10_000) {
  const { tookMs: _, ...seen } = await voteOf(
    halfOpen,
    { ...target, ...options },
    { raw, timeoutMs, stepMs: 100 },
  )
  return seen
}

describe('what comes back decides', () => {
  test('SYN-ACK is online, with the round trip of that packet as the latency', async () => {
    const { sockets, sent } = scriptedSockets({ syn: [{ answer: 'open', rttUs: 1234 }] })
    expect(await vote(sockets)).toEqual({
      vote: { vote: 'online', ms: 1.234 },
      phases: { connect: 1.234 },
      pending: 0,
    })
    expect(sent).toEqual(['192.0.2.1 443'])
  })

  test.each([
    [
      { answer: 'closed', rttUs: 9 } as const,
      { reason: 'refused', detail: '192.0.2.1:443 is closed: it answered SYN with RST' },
    ],
    [
      { answer: 'error', error: 'admin-prohibited', from: '192.0.2.254' } as const,
      { reason: 'unreachable', detail: '192.0.2.1:443: admin prohibited, says 192.0.2.254' },
    ],
    [
      { answer: 'error', error: 'host-unreachable' } as const,
      { reason: 'unreachable', detail: '192.0.2.1:443: host unreachable' },
    ],
  ])('%o is offline', async (answer, expected) => {
    const { sockets } = scriptedSockets({ syn: [answer] })
    expect((await vote(sockets)).vote).toEqual({ vote: 'offline', ...expected })
  })

  test('silence is offline when the timeout is over; by then SYN was sent again and again', async () => {
    const { sockets, sent } = scriptedSockets({ syn: ['never'] })
    const { vote: found, pending } = await vote(sockets)
    expect(found).toEqual({
      vote: 'offline',
      reason: 'timeout',
      detail: '192.0.2.1:443 did not answer 3 SYNs',
    })
    expect(sent).toHaveLength(3)
    expect(pending).toBe(0)
  })

  test('a timeout below a second leaves room for one SYN', async () => {
    const { sockets } = scriptedSockets({ syn: ['never'] })
    expect((await vote(sockets, {}, 900)).vote).toMatchObject({
      detail: '192.0.2.1:443 did not answer a SYN',
    })
  })

  test('a lost SYN is made up for, and the note says so', async () => {
    const { sockets, sent } = scriptedSockets({ syn: ['never', { answer: 'open', rttUs: 500 }] })
    expect(await vote(sockets)).toEqual({
      vote: { vote: 'online', ms: 0.5 },
      phases: { connect: 0.5 },
      note: 'answered after 2 SYNs',
      pending: 0,
    })
    expect(sent).toHaveLength(2)
  })
})

test('an error of the network counts at once, although attempts are left', async () => {
  const { sockets, sent } = scriptedSockets({
    syn: [
      { answer: 'error', error: 'host-unreachable' },
      { answer: 'open', rttUs: 1 },
    ],
  })
  expect((await vote(sockets)).vote).toMatchObject({ vote: 'offline', reason: 'unreachable' })
  expect(sent).toHaveLength(1)
})

describe('our own failures are abstentions', () => {
  test('a voter without the means', async () => {
    expect((await vote(undefined)).vote).toEqual({
      vote: 'abstain',
      detail: 'this voter makes no half-open probes: only runners do',
    })
  })

  test.each([
    ['ENETUNREACH', 'this voter has no route to that network (ENETUNREACH)'],
    ['EPERM', 'this voter is not permitted to connect (EPERM)'],
  ])('%s', async (code, detail) => {
    const { sockets } = scriptedSockets({ syn: [{ code }] })
    expect((await vote(sockets)).vote).toEqual({ vote: 'abstain', detail })
  })
})

test('a SYN that could not leave in time is no silence of the target', async () => {
  const { sockets } = scriptedSockets({ syn: ['unsent'] })
  expect((await vote(sockets)).vote).toEqual({
    vote: 'abstain',
    detail: 'this voter could not send a SYN in time',
  })
})

test('of several SYNs those that left are counted', async () => {
  const { sockets } = scriptedSockets({ syn: ['never', 'unsent'] })
  expect((await vote(sockets)).vote).toMatchObject({ detail: '192.0.2.1:443 did not answer a SYN' })
})

test('a voter that insists on a source address sends every SYN from there', async () => {
  const { sockets, sources } = scriptedSockets({ syn: ['never', { answer: 'open', rttUs: 1 }] })
  await voteOf(halfOpen, target, { raw: sockets, stepMs: 100, localAddress: '198.51.100.1' })
  expect(sources).toEqual(['198.51.100.1', '198.51.100.1'])
})

describe('what is not the real thing is told', () => {
  test('when online', async () => {
    const { sockets } = scriptedSockets({ syn: [{ answer: 'open', rttUs: 1 }], method: 'quickack' })
    expect(await vote(sockets)).toMatchObject({
      vote: { vote: 'online', ms: 0.001, method: 'quickack' },
      note: 'method: quickack',
    })
  })

  test('when offline', async () => {
    const { sockets } = scriptedSockets({ syn: [{ answer: 'closed', rttUs: 1 }], method: 'connect' })
    expect((await vote(sockets)).vote).toMatchObject({
      detail: '192.0.2.1:443 is closed: the connection was refused (method: connect)',
    })
  })

  test.each(['quickack', 'connect'] as const)(
    'when silent: by the method %s the system repeats its SYNs by itself, how many is not known',
    async (method) => {
      const { sockets, sent } = scriptedSockets({ syn: ['never'], method })
      expect((await vote(sockets)).vote).toMatchObject({
        detail: `192.0.2.1:443 did not answer (method: ${method})`,
      })
      expect(sent).toHaveLength(1)
    },
  )

  test('however long the rest is: a ballot keeps 120 bytes of it', async () => {
    const { sockets } = scriptedSockets({ syn: [{ answer: 'closed', rttUs: 1 }], method: 'quickack' })
    const host = '2001:db8:1111:2222:3333:4444:5555:6666'
    const long = { answer: 'error', error: 'host-unreachable-for-service', from: host } as const
    const { sockets: told } = scriptedSockets({ syn: [long], method: 'quickack' })
    expect((await vote(sockets, { host })).vote).toMatchObject({
      detail: `[${host}]:443 is closed: the connection was refused (method: quickack)`,
    })
    expect((await vote(told, { host })).vote).toMatchObject({
      detail: `[${host}]:443: host unreachable for service, says 2001:db8:1111:222… (method: quickack)`,
    })
  })
})

test('a forbidden address gets no packet', async () => {
  const { sockets, sent } = scriptedSockets({ syn: [{ answer: 'open', rttUs: 1 }] })
  expect((await vote(sockets, { host: '10.0.0.1' })).vote).toEqual({
    vote: 'offline',
    reason: 'forbidden',
    detail: '10.0.0.1 is a private address; a check may probe it only with "allow_private: true"',
  })
  expect(sent).toEqual([])
})

test('the options', () => {
  expect(halfOpenSchema.parse({ address: '[2001:db8::1]:22', ip: 6, attempts: 1 })).toEqual({
    host: '2001:db8::1',
    port: 22,
    ip: 6,
    attempts: 1,
  })
  expect(halfOpenSchema.parse({ address: 'example.com:443' })).toEqual({
    host: 'example.com',
    port: 443,
    attempts: 3,
  })
  for (const wrong of [{ attempts: 0 }, { attempts: 11 }, { ip: 5 }, { address: 'example.com' }, { port: 1 }])
    expect(halfOpenSchema.safeParse({ address: 'example.com:1', ...wrong }).success).toBe(false)
})
