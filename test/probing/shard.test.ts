import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../functions/runtime/clock.ts'
import type { CheckName } from '../../shared/check.ts'
import { Lifetime } from '../../shared/lifetime.ts'
import { createResolver } from '../../shared/network/resolve.ts'
import type { PlannedCheck, PlannedOf } from '../../shared/plan/plan.ts'
import type { TcpTarget } from '../../shared/probers/tcp/tcp.ts'
import { type Probed, probeShard, type ShardProbing } from '../../shared/probing/shard.ts'
import { answering, startDnsServer } from '../fixtures/dns-server.ts'
import { banner, drip, listen, refusingAddress, silent } from '../fixtures/servers.ts'

function tcpCheck(name: string, target: TcpTarget, changes: Partial<PlannedOf<'tcp'>> = {}): PlannedCheck {
  return {
    name: name as CheckName,
    kind: 'tcp',
    target,
    label: `${target.host}:${target.port}`,
    timeoutMs: 5000,
    confirmations: 1,
    delay: { down: 1, up: 1 },
    alerts: [],
    tags: [],
    allowPrivate: true,
    ...changes,
  }
}

const probing = (changes: Partial<ShardProbing> = {}): ShardProbing => ({
  clock: systemClock,
  createResolver: () => createResolver({ servers: ['127.0.0.1:1'] }),
  secret: async (text) => text,
  privateAllowed: true,
  ...changes,
})

const votes = (all: readonly Probed[]) => all.map(({ check, vote }) => [check, vote.vote])

describe('a shard', () => {
  test('gives the votes in the order of the plan, whatever order they come in', async () => {
    const slow = await listen(drip('PONG', 20))
    const quick = await listen(banner('PONG'))
    const refusing = await refusingAddress()
    const pong = { expect: { form: 'contains', text: 'PONG' } } as const
    const ended: string[] = []
    const all = await probeShard(
      {
        checks: [
          tcpCheck('slow', { host: slow.host, port: slow.port, ...pong }),
          tcpCheck('quick', { host: quick.host, port: quick.port, ...pong }),
          tcpCheck('refusing', refusing),
        ],
      },
      probing({ onProbed: ({ check }) => ended.push(check) }),
    )
    expect(all).toEqual([
      { check: 'slow', vote: { vote: 'online', ms: expect.any(Number) }, phases: expect.anything() },
      { check: 'quick', vote: { vote: 'online', ms: expect.any(Number) }, phases: expect.anything() },
      {
        check: 'refusing',
        vote: {
          vote: 'offline',
          reason: 'refused',
          detail: `127.0.0.1:${refusing.port} refused the connection`,
        },
        phases: {},
      },
    ])
    expect(ended.at(-1)).toBe('slow')
    expect(ended.toSorted()).toEqual(['quick', 'refusing', 'slow'])
  })

  test('without checks is done at once', async () => {
    expect(await probeShard({ checks: [] }, probing())).toEqual([])
  })

  test('begins no more checks at once than it may', async () => {
    let open = 0
    let most = 0
    const server = await listen((socket) => {
      most = Math.max(most, ++open)
      socket.on('close', () => open--)
      setTimeout(() => socket.write('PONG'), 10)
    })
    const { host, port } = server
    const expectation = { form: 'contains', text: 'PONG' } as const
    const checks = Array.from({ length: 20 }, (_, index) =>
      tcpCheck(`c${index}`, { host, port, expect: expectation }),
    )
    const all = await probeShard({ checks }, probing({ concurrency: 4 }))
    expect(all.every(({ vote }) => vote.vote === 'online')).toBe(true)
    // A socket closes a moment after its check has ended.
    expect(most).toBeLessThanOrEqual(8)
  })

  test('does not let silent targets hold up the others: all of them end within one timeout', async () => {
    const { host, port } = await listen(silent)
    const target = { host, port, expect: { form: 'contains', text: 'PONG' } } as const
    const checks = Array.from({ length: 60 }, (_, index) =>
      tcpCheck(`c${index}`, target, { timeoutMs: 1000 }),
    )
    const startMs = performance.now()
    const all = await probeShard({ checks }, probing({ concurrency: 10 }))
    // Ten checks lose their permits every 100 ms; without that it would take six seconds.
    expect(performance.now() - startMs).toBeLessThan(4000)
    expect(all.every(({ vote }) => vote.vote === 'offline' && vote.reason === 'timeout')).toBe(true)
  })

  test('abstains from what its deadline cuts off, and closes it', async () => {
    const server = await listen(silent)
    const { host, port } = server
    const quick = await listen(banner('PONG'))
    const pong = { expect: { form: 'contains', text: 'PONG' } } as const
    const checks = [
      tcpCheck('silent', { host, port, ...pong }),
      tcpCheck('quick', { host: quick.host, port: quick.port, ...pong }),
    ]
    const all = await probeShard({ checks }, probing({ deadlineMs: Date.now() + 600 }))
    expect(votes(all)).toEqual([
      ['silent', 'abstain'],
      ['quick', 'online'],
    ])
    expect(all[0]!.vote).toEqual({ vote: 'abstain', detail: 'not probed in time' })
    await expect.poll(server.open).toBe(0)
  })

  test('abstains likewise from what is under way when it is told to end', async () => {
    const quick = await listen(banner('hi'))
    const hanging = await listen(silent)
    const expects = { expect: { form: 'contains', text: 'hi' } } as const
    const tick = new Lifetime()
    const startMs = performance.now()
    const all = await probeShard(
      {
        checks: [
          tcpCheck('quick', { host: quick.host, port: quick.port, ...expects }),
          tcpCheck('hanging', { host: hanging.host, port: hanging.port, ...expects }),
        ],
      },
      probing({ within: tick, onProbed: () => tick.end(new Error('enough')) }),
    )
    expect(votes(all)).toEqual([
      ['quick', 'online'],
      ['hanging', 'abstain'],
    ])
    expect(performance.now() - startMs).toBeLessThan(2500)
    await expect.poll(hanging.open).toBe(0)
  })

  test('whose deadline has passed abstains from everything and touches nobody', async () => {
    const server = await listen(silent)
    const { host, port } = server
    const checks = ['a', 'b', 'c'].map((name) => tcpCheck(name, { host, port }))
    const all = await probeShard({ checks }, probing({ deadlineMs: Date.now() - 1000, jitterMs: 50 }))
    expect(votes(all)).toEqual([
      ['a', 'abstain'],
      ['b', 'abstain'],
      ['c', 'abstain'],
    ])
    expect(server.accepted()).toBe(0)
  })

  test('spreads the beginnings over the jitter', async () => {
    const { host, port } = await listen(silent)
    const shares = [0.9, 0, 0.5]
    const ended: string[] = []
    await probeShard(
      { checks: ['last', 'first', 'middle'].map((name) => tcpCheck(name, { host, port })) },
      probing({
        jitterMs: 400,
        random: () => shares.shift()!,
        onProbed: ({ check, vote }) => {
          ended.push(check)
          // The jitter must not count as latency.
          expect(vote).toMatchObject({ vote: 'online' })
          expect((vote as { ms: number }).ms).toBeLessThan(300)
        },
      }),
    )
    expect(ended).toEqual(['first', 'middle', 'last'])
  })

  test('looks a host up once for all its checks', async () => {
    const { port } = await listen(silent)
    const names = await startDnsServer({
      'web.test': answering({ type: 'A', name: 'web.test', ttl: 60, data: '127.0.0.1' }),
    })
    onTestFinished(names.close)
    const checks = ['a', 'b', 'c'].map((name) => tcpCheck(name, { host: 'web.test', port }))
    const createNamed = () => createResolver({ servers: [`127.0.0.1:${names.port}`] })
    const all = await probeShard({ checks }, probing({ createResolver: createNamed }))
    expect(votes(all)).toEqual([
      ['a', 'online'],
      ['b', 'online'],
      ['c', 'online'],
    ])
    expect(names.log).toEqual(['web.test/A/udp'])
  })

  test('ends what its resolver has under way', async () => {
    let closed = 0
    const resolver = {
      resolve: () => Promise.reject(new Error('our resolver failed')),
      close: () => {
        closed += 1
      },
    }
    const checks = [tcpCheck('web', { host: 'web.test', port: 1 })]
    const all = await probeShard({ checks }, probing({ createResolver: () => resolver }))
    expect(all[0]!.vote).toEqual({ vote: 'abstain', detail: 'our resolver failed' })
    expect(closed).toBe(1)
  })
})

describe('allow_private', () => {
  test.each([
    [true, true, 'online', undefined],
    [
      false,
      true,
      'offline',
      '127.0.0.1 is a loopback address; a check may probe it only with "allow_private: true"',
    ],
    [
      false,
      false,
      'offline',
      '127.0.0.1 is a loopback address; a check may probe it only with "allow_private: true"',
    ],
    [true, false, 'offline', '127.0.0.1 is a loopback address; only runners and local runs probe those'],
  ])('of the check %o, honoured by the voter %o: %s', async (allowPrivate, privateAllowed, vote, detail) => {
    const { host, port } = await listen(silent)
    const [probed] = await probeShard(
      { checks: [tcpCheck('web', { host, port }, { allowPrivate })] },
      probing({ privateAllowed }),
    )
    expect(probed!.vote).toMatchObject(
      detail === undefined ? { vote } : { vote, reason: 'forbidden', detail },
    )
  })
})

test('a secret that cannot be read makes an abstention that does not show it', async () => {
  const { host, port } = await listen(silent)
  const send = { form: 'line', text: 'env:PASSWORD' } as const
  const [probed] = await probeShard(
    { checks: [tcpCheck('db', { host, port, send })] },
    probing({
      secret: () => Promise.reject(new Error('the secret env:PASSWORD cannot be read: it is empty')),
    }),
  )
  expect(probed!.vote).toEqual({
    vote: 'abstain',
    detail: 'the secret env:PASSWORD cannot be read: it is empty',
  })
})
