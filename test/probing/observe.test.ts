import { describe, expect, test } from 'vitest'
import { systemClock } from '../../functions/runtime/clock.ts'
import { Lifetime } from '../../shared/lifetime.ts'
import { TargetError } from '../../shared/network/fault.ts'
import { createResolver } from '../../shared/network/resolve.ts'
import type { Finding, ProbeContext } from '../../shared/probers/prober.ts'
import { type ObserveOptions, observe } from '../../shared/probing/observe.ts'
import { manualClock } from '../fixtures/clock.ts'
import { garbage, listen, listenDeaf, silent } from '../fixtures/servers.ts'

const deadline = new Error('the deadline has passed')
const found: Finding = { online: true, phases: { connect: 3 } }

type Probe = (context: ProbeContext) => Promise<Finding>

// Fakes, named by what they do.
const answersAfter =
  (ms: number, finding: Finding = found): Probe =>
  ({ clock }) =>
    new Promise((resolve) => clock.timer(ms, () => resolve(finding)))
const throws =
  (error: unknown): Probe =>
  async () => {
    throw error
  }
const neverEnds: Probe = () => new Promise(() => {})
const waitsForItsSignal =
  (end: (signal: AbortSignal) => Finding): Probe =>
  ({ lifetime: { signal } }) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(end(signal)), { once: true }))

function options(changes: Partial<ObserveOptions> = {}): ObserveOptions {
  return {
    clock: systemClock,
    timeoutMs: 10_000,
    stalledMs: () => 0,
    resolver: createResolver({ servers: ['127.0.0.1:1'] }),
    allowPrivate: true,
    privateAllowed: true,
    secret: async (text) => text,
    ...changes,
  }
}

/** Runs pending promises and immediates while the clock stands still. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('with a clock that the test moves', () => {
  /** Observes while the clock moves to `untilMs` in steps of 500 ms; `pending` if that is not enough. */
  async function observeFor(untilMs: number, probe: Probe, changes: Partial<ObserveOptions> = {}) {
    const clock = manualClock(1_000_000)
    const observing = observe(probe, options({ clock, ...changes }))
    let observation: Awaited<typeof observing> | 'pending' = 'pending'
    void observing.then((result) => {
      observation = result
    })
    for (let ms = 0; ms < untilMs && observation === 'pending'; ms += 500) {
      clock.advance(500)
      await settle()
    }
    return { observation: observation as Awaited<typeof observing> | 'pending', pending: clock.pending }
  }

  test('an answer is online with the time it took and the phases it had', async () => {
    const { observation, pending } = await observeFor(2000, answersAfter(500))
    expect(observation).toEqual({ vote: { vote: 'online', ms: 500 }, phases: { connect: 3 } })
    expect(pending()).toBe(0)
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'a prober that measures %d ms has measured nothing, which is our own fault',
    async (latencyMs) => {
      const { observation } = await observeFor(2000, answersAfter(500, { ...found, latencyMs }))
      expect(observation).toEqual({
        vote: { vote: 'abstain', detail: `this voter measured ${latencyMs} ms, which is not a latency` },
        phases: {},
      })
    },
  )

  test('a note comes along', async () => {
    const { observation } = await observeFor(2000, answersAfter(500, { ...found, note: '61 days left' }))
    expect(observation).toMatchObject({ note: '61 days left' })
  })

  test('what is found wrong is offline', async () => {
    const finding: Finding = { online: false, reason: 'status', detail: 'status 503', phases: { dns: 1 } }
    const { observation } = await observeFor(2000, answersAfter(500, finding))
    expect(observation).toEqual({
      vote: { vote: 'offline', reason: 'status', detail: 'status 503' },
      phases: { dns: 1 },
    })
  })

  test('a detail is cut to 120 bytes', async () => {
    const finding: Finding = { online: false, reason: 'status', detail: 'é'.repeat(100) }
    const { observation } = await observeFor(2000, answersAfter(500, finding))
    expect(observation).toMatchObject({ vote: { detail: `${'é'.repeat(58)}…` } })
  })

  test.each([
    [
      'the target’s fault, thrown',
      new TargetError('refused', 'x:1 refused the connection'),
      {
        vote: 'offline',
        reason: 'refused',
        detail: 'x:1 refused the connection',
      },
    ],
    ['a prober’s own bug', new TypeError('x is undefined'), { vote: 'abstain', detail: 'x is undefined' }],
    [
      'our own lack of sockets',
      Object.assign(new Error(), { code: 'EMFILE' }),
      {
        vote: 'abstain',
        detail: 'this voter has too many open files (EMFILE)',
      },
    ],
    [
      'a reset that a prober did not attribute',
      Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
      {
        vote: 'abstain',
        detail: 'read ECONNRESET',
      },
    ],
    ['nothing at all', undefined, { vote: 'abstain', detail: 'this voter failed' }],
  ])('%s', async (_, error, vote) => {
    const { observation } = await observeFor(500, throws(error))
    expect(observation).toEqual({ vote, phases: {} })
  })

  test('a prober that throws before it returns a promise abstains as well', async () => {
    const { observation } = await observeFor(500, () => {
      throw new Error('at once')
    })
    expect(observation).toEqual({ vote: { vote: 'abstain', detail: 'at once' }, phases: {} })
  })

  test('silence is a timeout, not a moment before', async () => {
    expect((await observeFor(9500, neverEnds)).observation).toBe('pending')
    const { observation, pending } = await observeFor(20_000, neverEnds)
    expect(observation).toEqual({
      vote: { vote: 'offline', reason: 'timeout', detail: 'no answer within 10 s' },
      phases: {},
    })
    expect(pending()).toBe(0)
  })

  test('a stopped prober may say what it had seen', async () => {
    const finding: Finding = { online: false, reason: 'assertion', detail: 'expected "PONG", got "PIN"' }
    const { observation } = await observeFor(
      20_000,
      waitsForItsSignal(() => finding),
    )
    expect(observation).toMatchObject({ vote: { reason: 'assertion', detail: 'expected "PONG", got "PIN"' } })
  })

  test('an answer after the time is no answer', async () => {
    const { observation } = await observeFor(
      20_000,
      waitsForItsSignal(() => found),
    )
    expect(observation).toMatchObject({ vote: { vote: 'offline', reason: 'timeout' } })
  })

  test('our resolver’s silence is our own fault', async () => {
    const resolver = { resolve: () => new Promise<never>(() => {}), close() {} }
    const { observation } = await observeFor(20_000, ({ resolve }) => resolve('web.test').then(() => found), {
      resolver,
    })
    expect(observation).toEqual({
      vote: { vote: 'abstain', detail: 'our resolver did not answer for web.test within 10 s' },
      phases: {},
    })
  })

  test('a secret that does not come is our own fault', async () => {
    const { observation } = await observeFor(20_000, ({ secret }) => secret('ssm:/x').then(() => found), {
      secret: () => new Promise<never>(() => {}),
    })
    expect(observation).toEqual({
      vote: { vote: 'abstain', detail: 'a secret could not be read within 10 s' },
      phases: {},
    })
  })

  test('the deadline of the tick makes it an abstention, and nothing of it goes on', async () => {
    const tick = new Lifetime()
    const clock = manualClock(0)
    let probes: Lifetime | undefined
    const observing = observe(
      ({ lifetime }) => {
        probes = lifetime
        return new Promise(() => {})
      },
      options({ clock, within: tick }),
    )
    tick.end(deadline)
    expect(await observing).toEqual({ vote: { vote: 'abstain', detail: 'not probed in time' }, phases: {} })
    expect(probes!.reason).toEqual(new Error('this check has ended'))
    expect(clock.pending()).toBe(0)
  })

  test('after the deadline nothing is begun', async () => {
    let begun = false
    const probe: Probe = async () => {
      begun = true
      return found
    }
    const tick = new Lifetime()
    tick.end(deadline)
    const { observation } = await observeFor(500, probe, { within: tick })
    expect(observation).toEqual({ vote: { vote: 'abstain', detail: 'not probed in time' }, phases: {} })
    expect(begun).toBe(false)
  })
})

describe('a process that was stalled', () => {
  test('takes that time off the latency', async () => {
    const clock = manualClock(0)
    let stalledMs = 100
    const observing = observe(answersAfter(900), options({ clock, stalledMs: () => stalledMs }))
    stalledMs += 700
    clock.advance(900)
    expect(await observing).toMatchObject({ vote: { vote: 'online', ms: 200 } })
  })

  test('gives that time back to the target before it calls a timeout', async () => {
    const clock = manualClock(0)
    let stalledMs = 0
    const observing = observe(answersAfter(11_000), options({ clock, stalledMs: () => stalledMs }))
    stalledMs = 3000
    clock.advance(11_000)
    expect(await observing).toMatchObject({ vote: { vote: 'online', ms: 8000 } })
  })

  test('calls a timeout when the time given back is over as well', async () => {
    const clock = manualClock(0)
    let stalledMs = 0
    const observing = observe(neverEnds, options({ clock, stalledMs: () => stalledMs }))
    stalledMs = 3000
    clock.advance(12_999)
    await settle()
    expect(clock.pending()).toBe(1)
    clock.advance(1)
    await settle()
    clock.advance(0)
    expect(await observing).toMatchObject({ vote: { vote: 'offline', reason: 'timeout' } })
  })

  test('abstains when it was stalled for as long as the check may last', async () => {
    const clock = manualClock(0)
    let stalledMs = 0
    const observing = observe(neverEnds, options({ clock, stalledMs: () => stalledMs }))
    stalledMs = 10_001
    clock.advance(10_000)
    expect(await observing).toEqual({
      vote: { vote: 'abstain', detail: 'this voter was itself stalled while it waited for the answer' },
      phases: {},
    })
    expect(clock.pending()).toBe(0)
  })
})

describe('on real sockets, a timeout says what was going on', () => {
  test('while connecting', async () => {
    const { host, port } = await listenDeaf()
    const { vote } = await observe(
      async ({ dial }) => {
        await dial({ host, port })
        return found
      },
      options({ timeoutMs: 100 }),
    )
    expect(vote).toEqual({
      vote: 'offline',
      reason: 'timeout',
      detail: `no answer within 100 ms: stopped while connecting to ${host}:${port}`,
    })
  })

  test('in the TLS handshake', async () => {
    const server = await listen(silent)
    const { host, port } = server
    const { vote } = await observe(
      async ({ dial }) => {
        await dial({ host, port, tls: {} })
        return found
      },
      options({ timeoutMs: 100 }),
    )
    expect(vote).toEqual({
      vote: 'offline',
      reason: 'timeout',
      detail: `no answer within 100 ms: stopped in the TLS handshake with ${server.address}`,
    })
    await expect.poll(server.open).toBe(0)
  })

  test('waiting for the answer, even of a prober that ignores its signal', async () => {
    const server = await listen(silent)
    const { host, port } = server
    const { vote } = await observe(
      async ({ dial }) => {
        await dial({ host, port })
        return new Promise(() => {})
      },
      options({ timeoutMs: 100 }),
    )
    expect(vote).toEqual({
      vote: 'offline',
      reason: 'timeout',
      detail: `no answer within 100 ms: stopped while waiting for ${server.address}`,
    })
    await expect.poll(server.open).toBe(0)
  })

  test('a connection that a prober forgets is closed', async () => {
    const server = await listen(garbage)
    const { host, port } = server
    const { vote } = await observe(async ({ dial }) => {
      await dial({ host, port })
      return found
    }, options())
    expect(vote.vote).toBe('online')
    await expect.poll(server.open).toBe(0)
  })
})
