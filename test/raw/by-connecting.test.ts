import { describe, expect, test } from 'vitest'
import { Lifetime } from '../../shared/lifetime.ts'
import { openByConnecting, type Way } from '../../shared/raw/by-connecting.ts'
import { SystemCallError } from '../../shared/raw/libc.ts'
import type { SendOptions } from '../../shared/raw/sockets.ts'
import { manualClock } from '../fixtures/clock.ts'

// The common part of both fallbacks, with fake connections. Real ones are tested in test/netns and test/cli.

const to = { address: '198.51.100.7', family: 4 } as const
const timeoutMs = 1000

interface Begun extends Way {
  readonly end: (why: string | undefined | Error) => void
  givenUp: boolean
}

function opened(atOnce: number) {
  const clock = manualClock(0)
  const begun: Begun[] = []
  const refusals: string[] = []
  const outcomes: unknown[] = []
  const sockets = openByConnecting(clock, {
    method: 'connect',
    atOnce,
    connect(way, onEnd) {
      const refusal = refusals.shift()
      if (refusal !== undefined) throw new SystemCallError(refusal, 'connect')
      const connection: Begun = { ...way, end: onEnd, givenUp: false }
      begun.push(connection)
      return () => {
        connection.givenUp = true
      }
    },
  })
  return {
    clock,
    begun,
    refusals,
    outcomes,
    sockets,
    shake(port: number, options: Partial<SendOptions> = {}) {
      sockets.shake(to, port, { timeoutMs, ...options }).then(
        (answer) => outcomes.push(answer),
        (error: Error) => outcomes.push(error.message),
      )
    },
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('connections', () => {
  test('begin only so many at once, the others when there is room, first come, first served', () => {
    const { begun, shake } = opened(2)
    for (let port = 1; port <= 4; port++) shake(port)
    expect(begun.map(({ port }) => port)).toEqual([1, 2])
    begun[1]!.end(undefined)
    begun[0]!.end('ECONNREFUSED')
    expect(begun.map(({ port }) => port)).toEqual([1, 2, 3, 4])
  })

  test('begin 64 in one turn of the event loop, so that those which stand are reset soon', () => {
    const { begun, clock, shake } = opened(1000)
    for (let port = 1; port <= 200; port++) shake(port)
    expect(begun).toHaveLength(64)
    clock.advance(1)
    expect(begun).toHaveLength(128)
    clock.advance(1)
    clock.advance(1)
    expect(begun).toHaveLength(200)
  })

  test('have their whole time from when they begin, however long they waited', async () => {
    const { begun, clock, outcomes, shake } = opened(1)
    shake(1)
    shake(2)
    clock.advance(timeoutMs)
    await settle()
    expect(outcomes).toEqual([{ answer: 'silent' }])
    expect(begun.map(({ givenUp }) => givenUp)).toEqual([true, false])
    clock.advance(timeoutMs - 1)
    begun[1]!.end(undefined)
    await settle()
    expect(outcomes[1]).toEqual({ answer: 'open', rttUs: 999_000 })
    clock.advance(timeoutMs)
    expect(clock.pending()).toBe(0)
  })

  test('that nobody wants any more never begin', async () => {
    const { begun, outcomes, shake } = opened(1)
    const lifetime = new Lifetime()
    let left = 0
    shake(1)
    shake(2, { lifetime, onSent: () => left++ })
    shake(3, { onSent: () => left++ })
    lifetime.end(new Error('over'))
    begun[0]!.end('ETIMEDOUT')
    await settle()
    expect(outcomes).toEqual(['over', { answer: 'silent' }])
    expect(begun.map(({ port }) => port)).toEqual([1, 3])
    expect(left).toBe(1)
  })

  test('are given up when nobody wants them any more', async () => {
    const { begun, outcomes, shake } = opened(1)
    const lifetime = new Lifetime()
    shake(1, { lifetime })
    lifetime.end(new Error('over'))
    begun[0]!.end(undefined)
    await settle()
    expect([begun[0]!.givenUp, outcomes]).toEqual([true, ['over']])
  })
})

describe('what the system says at once', () => {
  test('is the word of a target on loopback when it is a refusal', async () => {
    const { outcomes, refusals, shake } = opened(1)
    refusals.push('ECONNREFUSED')
    shake(1)
    await settle()
    expect(outcomes).toEqual([{ answer: 'closed', rttUs: 0 }])
  })

  test.each(['EMFILE', 'ENETUNREACH', 'EADDRNOTAVAIL'])('is our own failure when it is %s', async (code) => {
    const { begun, outcomes, refusals, shake } = opened(1)
    refusals.push(code)
    shake(1)
    shake(2)
    await settle()
    expect(outcomes).toEqual([`connect failed: ${code}`])
    // Its place goes to the next one.
    expect(begun.map(({ port }) => port)).toEqual([2])
  })
})

test('an end that is nobody’s word is our own failure', async () => {
  const { begun, outcomes, shake } = opened(2)
  shake(1)
  shake(2)
  begun[0]!.end('ENOBUFS')
  begun[1]!.end(new Error('no such family'))
  await settle()
  expect(outcomes).toEqual(['connect failed: ENOBUFS', 'no such family'])
})

test('closing fails what is under way, what waits and what comes later', async () => {
  const { begun, clock, outcomes, shake, sockets } = opened(2)
  for (let port = 1; port <= 4; port++) shake(port)
  sockets.close()
  shake(5)
  await settle()
  expect(outcomes).toEqual(Array(5).fill('the sockets of this voter were closed'))
  expect(begun.map(({ port, givenUp }) => [port, givenUp])).toEqual([
    [1, true],
    [2, true],
  ])
  expect(clock.pending()).toBe(0)
})
