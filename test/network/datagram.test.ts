import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../functions/runtime/clock.ts'
import { Lifetime } from '../../shared/lifetime.ts'
import type { Address, IpVersion } from '../../shared/network/address.ts'
import { type DatagramOptions, exchangeDatagram } from '../../shared/network/datagram.ts'
import { TargetError } from '../../shared/network/fault.ts'
import type { ContextOptions } from '../../shared/probing/context.ts'
import { observe } from '../../shared/probing/observe.ts'
import { testContext } from '../fixtures/context.ts'

type Handle = (datagram: Buffer, send: (bytes: Buffer | string) => void, sender: RemoteInfo) => void

/** A UDP server on loopback that does this with each datagram; `senders` are the ports they came from. */
async function serve(handle: Handle, host = '127.0.0.1') {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  const senders: number[] = []
  socket.on('message', (datagram, sender) => {
    senders.push(sender.port)
    handle(datagram, (bytes) => socket.send(bytes, sender.port, sender.address), sender)
  })
  socket.bind(0, host)
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return { host, port: socket.address().port, senders }
}

const echo: Handle = (datagram, send) => send(datagram)
const silent: Handle = () => {}

/** A question whose answer is itself. */
function asking(server: { readonly host: string; readonly port: number }): DatagramOptions {
  const payload = Buffer.from('ping')
  const accept = (reply: Buffer) => reply.equals(payload) || 'other bytes'
  return { host: server.host, port: server.port, payload, resendAfterMs: [], accept }
}

/** A resolver that gives these addresses, for each IP version. */
function resolving(v4: readonly string[], v6: readonly string[] = []): ContextOptions['resolver'] {
  return {
    resolve: async (_, ip: IpVersion = 4) =>
      (ip === 4 ? v4 : v6).map((address): Address => ({ address, family: ip })),
    close() {},
  }
}

describe('a datagram', () => {
  test('is answered, from a random port each time', async () => {
    const server = await serve(echo)
    const found = await testContext().datagram(asking(server))
    expect(found).toMatchObject({
      reply: Buffer.from('ping'),
      address: { address: '127.0.0.1', family: 4 },
      phases: { firstByte: expect.any(Number) },
    })
    expect(found.phases.dns).toBeUndefined()
    for (let count = 0; count < 7; count++) await testContext().datagram(asking(server))
    expect(new Set(server.senders).size).toBeGreaterThan(1)
  })

  test('is sent to the address that a name has, over IPv6 where that is all there is', async () => {
    const server = await serve(echo, '::1')
    const context = testContext({ resolver: resolving([], ['::1']), localAddress: () => undefined })
    const { address, phases } = await context.datagram({ ...asking(server), host: 'six.test', ip: 6 })
    expect([address.address, typeof phases.dns]).toEqual(['::1', 'number'])
  })

  test('comes from the source address that the voter insists on', async () => {
    let from = ''
    const server = await serve((datagram, send, sender) => {
      from = sender.address
      send(datagram)
    })
    await testContext({ localAddress: () => '127.0.7.1' }).datagram(asking(server))
    expect(from).toBe('127.0.7.1')
  })

  test('is not sent to a forbidden address', async () => {
    const server = await serve(echo)
    await expect(testContext({ allowPrivate: false }).datagram(asking(server))).rejects.toEqual(
      new TargetError(
        'forbidden',
        '127.0.0.1 is a loopback address; a check may probe it only with "allow_private: true"',
      ),
    )
    expect(server.senders).toEqual([])
  })

  test('to a port that nobody listens on is refused', async () => {
    const server = await serve(silent)
    const gone = createSocket('udp4').bind(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port } = gone.address()
    gone.close()
    await once(gone, 'close')
    await expect(testContext().datagram({ ...asking(server), port })).rejects.toEqual(
      new TargetError('refused', `127.0.0.1:${port} refused the connection`),
    )
  })

  test('is sent again after each wait while nobody answers, and no more', async () => {
    const waits: number[] = []
    const clock = {
      ...systemClock,
      timer(delayMs: number, callback: () => void) {
        waits.push(delayMs)
        return systemClock.timer(1, callback)
      },
    }
    const server = await serve(silent)
    const context = testContext({ clock, timeoutMs: 200 })
    const sending = context.datagram({ ...asking(server), resendAfterMs: [300, 700] })
    await expect(sending).rejects.toThrow()
    expect(waits).toEqual([300, 700])
    expect(server.senders).toHaveLength(3)
  })
})

describe('a voter that lacks IPv4', () => {
  // A source address that this machine does not have (RFC 5737).
  const localAddress = ({ family }: Address) => (family === 4 ? '203.0.113.99' : undefined)

  test('goes on with IPv6', async () => {
    const server = await serve(echo, '::1')
    const context = testContext({ resolver: resolving(['127.0.0.1'], ['::1']), localAddress })
    const { address } = await context.datagram({ ...asking(server), host: 'both.test' })
    expect(address.family).toBe(6)
  })

  test('is itself at fault where there is none', async () => {
    const context = testContext({ resolver: resolving(['127.0.0.1']), localAddress })
    const failure = await context
      .datagram({ ...asking({ host: 'four.test', port: 1 }) })
      .catch((error: unknown) => error)
    expect(failure).not.toBeInstanceOf(TargetError)
    expect(failure).toMatchObject({ code: 'EADDRNOTAVAIL' })
  })
})

describe('a reply that is no answer', () => {
  test('is passed over for the one that is', async () => {
    const server = await serve((datagram, send) => {
      send('pong')
      send(datagram)
    })
    const { reply } = await testContext().datagram(asking(server))
    expect(reply.toString()).toBe('ping')
  })

  test('is passed over when it comes from another port', async () => {
    const elsewhere = createSocket('udp4').bind(0, '127.0.0.1')
    await once(elsewhere, 'listening')
    onTestFinished(() => void elsewhere.close())
    const server = await serve((datagram, _send, sender) => {
      elsewhere.send(datagram, sender.port, sender.address)
    })
    const lifetime = new Lifetime()
    const peer = { address: { address: '127.0.0.1', family: 4 }, port: server.port, name: 'a' } as const
    const sending = exchangeDatagram(asking(server), peer, {
      lifetime,
      clock: systemClock,
      localAddress: () => undefined,
    })
    await expect.poll(() => server.senders.length).toBe(1)
    systemClock.timer(50, () => lifetime.end(new Error('time is over')))
    await expect(sending).rejects.toThrow('time is over')
  })

  test('is what is told when the time is over', async () => {
    const server = await serve((_datagram, send) => send('pong'))
    const { vote } = await observe(
      async ({ datagram }) => ({ online: true, phases: (await datagram(asking(server))).phases }),
      observing(150),
    )
    expect(vote).toEqual({
      vote: 'offline',
      reason: 'protocol',
      detail: `127.0.0.1:${server.port} answered, but not our query (other bytes)`,
    })
  })
})

describe('silence', () => {
  test('ends with the timeout, which says what was waited for', async () => {
    const server = await serve(silent)
    const { vote } = await observe(
      async ({ datagram }) => ({ online: true, phases: (await datagram(asking(server))).phases }),
      observing(100),
    )
    expect(vote).toEqual({
      vote: 'offline',
      reason: 'timeout',
      detail: `no answer within 100 ms: stopped while waiting for 127.0.0.1:${server.port}`,
    })
  })

  test('leaves no socket behind', async () => {
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name.includes('UDP')).length
    const server = await serve(silent)
    const before = sockets()
    const controller = new AbortController()
    const sending = testContext({ signal: controller.signal }).datagram(asking(server))
    await expect.poll(() => server.senders.length).toBe(1)
    controller.abort(new Error('time is over'))
    await expect(sending).rejects.toThrow('time is over')
    await expect.poll(sockets).toBeLessThanOrEqual(before)
  })

  test('of a lifetime that is over beforehand sends nothing', async () => {
    const server = await serve(echo)
    const signal = AbortSignal.abort(new Error('too late'))
    await expect(testContext({ signal }).datagram(asking(server))).rejects.toThrow('too late')
    expect(server.senders).toEqual([])
  })
})

function observing(timeoutMs: number) {
  return {
    clock: systemClock,
    resolver: resolving([]),
    allowPrivate: true,
    privateAllowed: true,
    secret: async (text: string) => text,
    timeoutMs,
    stalledMs: () => 0,
  }
}
