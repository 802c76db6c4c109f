import { describe, expect, test } from 'vitest'
import { icmp } from '../../shared/probers/icmp/icmp.ts'
import { roundTripsOf } from '../../shared/probers/icmp/round-trips.ts'
import { icmpSchema } from '../../shared/probers/icmp/schema.ts'
import type { RawSockets } from '../../shared/raw/sockets.ts'
import { scriptedSockets, voteOf } from '../fixtures/raw-sockets.ts'

const target = { host: '192.0.2.1', count: 5, intervalMs: 200, size: 56 }

function vote(
  raw: RawSockets | undefined,
  options: Partial<typeof target & { maxLossPercent: number; ttl: number }> = {},
  timeoutMs = 10_000,
) {
  return voteOf(icmp, { ...target, ...options }, { raw, timeoutMs, stepMs: 100 })
}

const echo = (rttUs: number) => ({ answer: 'echo', rttUs }) as const

describe('pings', () => {
  test('the mean round trip is the latency, the spread is told', async () => {
    const { sockets, sent, pings } = scriptedSockets({
      echo: [echo(100), echo(300), echo(100), echo(300), echo(200)],
    })
    expect(await vote(sockets, { size: 100, ttl: 9 })).toEqual({
      vote: { vote: 'online', ms: 0.2 },
      phases: {},
      note: '5 of 5 pings answered, min 0.100, mean 0.200, max 0.300, jitter 0.175 ms',
      tookMs: 800,
      pending: 0,
    })
    expect(sent).toEqual(Array(5).fill('192.0.2.1'))
    expect(pings[0]).toMatchObject({ size: 100, ttl: 9 })
  })

  test('silence is offline when the timeout is over', async () => {
    const { sockets } = scriptedSockets({ echo: ['never'] })
    const { vote: found, pending } = await vote(sockets)
    expect(found).toEqual({
      vote: 'offline',
      reason: 'timeout',
      detail: '192.0.2.1 did not answer 5 pings',
    })
    expect(pending).toBe(0)
  })

  test('nothing but errors is offline, with the error', async () => {
    const { sockets } = scriptedSockets({
      echo: [{ answer: 'error', error: 'ttl-exceeded', from: '192.0.2.254' }],
    })
    expect((await vote(sockets)).vote).toEqual({
      vote: 'offline',
      reason: 'unreachable',
      detail: '192.0.2.1: ttl exceeded, says 192.0.2.254',
    })
  })

  test('what is late is lost a second after the last ping: the timeout is not waited for', async () => {
    const { sockets } = scriptedSockets({ echo: ['never', echo(100)] })
    const { vote: found, note, tookMs } = await vote(sockets)
    expect(found).toEqual({ vote: 'online', ms: 0.1 })
    expect(note).toMatch(/^4 of 5 pings answered, /)
    expect(tookMs).toBe(1800)
  })

  test('slow answers are waited for longer', async () => {
    const { sockets } = scriptedSockets({ echo: ['never', echo(3_000_000)] })
    expect((await vote(sockets)).tookMs).toBe(6800)
  })

  test('a timeout that leaves no time for that judges by what has come', async () => {
    const { sockets } = scriptedSockets({ echo: ['never', echo(100)] })
    expect((await vote(sockets, {}, 500)).vote).toEqual({ vote: 'online', ms: 0.1 })
  })

  test.each([
    [1, undefined, 'online'],
    [4, undefined, 'online'],
    [1, 20, 'online'],
    [2, 30, 'offline'],
    [1, 0, 'offline'],
    [0, 0, 'online'],
  ])('%i of 5 lost, %s %% allowed: %s', async (lost, maxLossPercent, expected) => {
    const answers = [...Array<'never'>(lost).fill('never'), echo(100)]
    const { sockets } = scriptedSockets({ echo: answers })
    const allowed = maxLossPercent === undefined ? {} : { maxLossPercent }
    const { vote: found } = await vote(sockets, allowed)
    expect(found.vote).toBe(expected)
    if (found.vote === 'offline') {
      expect(found).toEqual({
        vote: 'offline',
        reason: 'assertion',
        detail: `192.0.2.1 lost ${lost * 20} % of 5 pings, at most ${maxLossPercent} % are allowed`,
      })
    }
  })

  test('a voter without raw sockets abstains', async () => {
    const detail = 'this voter sends no pings: they need raw sockets (CAP_NET_RAW)'
    expect((await vote(undefined)).vote).toEqual({ vote: 'abstain', detail })
    expect((await vote(scriptedSockets({ method: 'quickack' }).sockets)).vote).toEqual({
      vote: 'abstain',
      detail,
    })
  })

  test('a voter that cannot send abstains', async () => {
    const { sockets } = scriptedSockets({ echo: [{ code: 'ENETUNREACH' }] })
    const { vote: found, pending } = await vote(sockets)
    expect(found).toEqual({
      vote: 'abstain',
      detail: 'this voter has no route to that network (ENETUNREACH)',
    })
    expect(pending).toBe(0)
  })
})

test('one round trip has no jitter', () => {
  expect(roundTripsOf([250])).toEqual({ minUs: 250, meanUs: 250, maxUs: 250, jitterUs: 0 })
})

describe('the options', () => {
  test('have defaults', () => {
    expect(icmpSchema.parse({ target: 'example.com' })).toEqual({
      host: 'example.com',
      count: 5,
      intervalMs: 200,
      size: 56,
    })
  })

  test('all of them', () => {
    const written = {
      target: '2001:db8::1',
      ip: 6,
      count: 10,
      max_loss: '12.5%',
      interval: '1s',
      size: 1000,
      ttl: 64,
    }
    expect(icmpSchema.parse(written)).toEqual({
      host: '2001:db8::1',
      ip: 6,
      count: 10,
      maxLossPercent: 12.5,
      intervalMs: 1000,
      size: 1000,
      ttl: 64,
    })
  })

  test.each([
    [{ max_loss: '100%' }, 'is not an allowed loss; write 0% to 99.9%, such as 30%'],
    [{ max_loss: '30' }, 'is not an allowed loss; write 0% to 99.9%, such as 30%'],
    [{ interval: '1ms' }, 'is 1ms, must be 10ms to 10s'],
  ])('%o is refused', (wrong, message) => {
    const { error } = icmpSchema.safeParse({ target: 'example.com', ...wrong })
    expect(error!.issues.map((issue) => issue.message)).toEqual([message])
  })

  test.each([{ count: 0 }, { count: 101 }, { size: 7 }, { size: 1473 }, { ttl: 0 }, { ttl: 256 }])(
    '%o is out of bounds',
    (wrong) => {
      expect(icmpSchema.safeParse({ target: 'example.com', ...wrong }).success).toBe(false)
    },
  )
})

test('pings that could not leave in time are not lost', async () => {
  const { sockets } = scriptedSockets({ echo: ['unsent'] })
  expect((await vote(sockets)).vote).toEqual({
    vote: 'abstain',
    detail: 'this voter could not send a ping in time',
  })
  const { sockets: slow } = scriptedSockets({ echo: [echo(100), 'unsent'] })
  expect((await vote(slow)).note).toMatch(/^1 of a ping answered, /)
})

test('a voter that insists on a source address pings from there', async () => {
  const { sockets, sources } = scriptedSockets({ echo: [echo(100)] })
  await voteOf(icmp, target, { raw: sockets, stepMs: 100, localAddress: '198.51.100.1' })
  expect(sources).toEqual(Array(5).fill('198.51.100.1'))
})
