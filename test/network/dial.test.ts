import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createRoot } from '../../functions/dev/demo/certificates.ts'
import type { Address } from '../../shared/network/address.ts'
import { TargetError } from '../../shared/network/fault.ts'
import type { ProbeContext } from '../../shared/probers/prober.ts'
import type { ContextOptions } from '../../shared/probing/context.ts'
import { testContext } from '../fixtures/context.ts'
import { close, garbage, listen, refusingAddress, reset, silent } from '../fixtures/servers.ts'

/** A context whose resolver returns these addresses, by IP version. */
function contextWith(
  v4: readonly string[],
  v6: readonly string[] = [],
  options: Partial<ContextOptions> = {},
): ProbeContext & { readonly asked: readonly number[] } {
  const asked: number[] = []
  const context = testContext({
    ...options,
    timeoutMs: 2000,
    resolver: {
      async resolve(_, ip = 4) {
        asked.push(ip)
        return (ip === 4 ? v4 : v6).map((address): Address => ({ address, family: ip }))
      },
      close() {},
    },
  })
  return { ...context, asked }
}

test('a literal address is dialled without a look-up', async () => {
  const server = await listen(silent)
  const { socket, address, phases } = await testContext().dial(server)
  onTestFinished(() => void socket.destroy())
  expect(address).toEqual({ address: '127.0.0.1', family: 4 })
  expect(Object.keys(phases)).toEqual(['connect'])
})

test('a name is looked up, which is a phase of its own', async () => {
  const server = await listen(silent)
  const { socket, phases } = await testContext().dial({ host: 'localhost', port: server.port })
  onTestFinished(() => void socket.destroy())
  expect(Object.keys(phases)).toEqual(['dns', 'connect'])
})

test('IPv6 works', async () => {
  const server = await listen(silent, { host: '::1' })
  const { socket, address } = await testContext().dial({ host: 'localhost', port: server.port, ip: 6 })
  onTestFinished(() => void socket.destroy())
  expect(address).toEqual({ address: '::1', family: 6 })
})

test('the source address is the one the voter insists on', async () => {
  let from: string | undefined
  const server = await listen((socket) => {
    from = socket.remoteAddress
  })
  const { socket } = await testContext({ localAddress: () => '127.0.7.1' }).dial(server)
  onTestFinished(() => void socket.destroy())
  expect(socket.localAddress).toBe('127.0.7.1')
  await expect.poll(() => from).toBe('127.0.7.1')
})

describe('what the target does wrong is a finding', () => {
  test('it refuses', async () => {
    const { host, port } = await refusingAddress()
    await expect(testContext().dial({ host, port })).rejects.toEqual(
      new TargetError('refused', `127.0.0.1:${port} refused the connection`),
    )
  })

  test('it refuses, and the name is told with its address', async () => {
    const { port } = await refusingAddress()
    await expect(testContext().dial({ host: 'localhost', port })).rejects.toEqual(
      new TargetError('refused', `localhost:${port} (127.0.0.1) refused the connection`),
    )
  })

  test.each([
    ['resets', reset, 'reset', (address: string) => `${address} reset the connection`],
    [
      'closes',
      close,
      'tls',
      (address: string) => `${address} closed the connection during the TLS handshake`,
    ],
    ['sends garbage', garbage, 'tls', (address: string) => `${address} does not speak TLS`],
  ] as const)('it %s in the TLS handshake', async (_, behave, reason, sentence) => {
    const server = await listen(behave)
    const { host, port } = server
    await expect(testContext().dial({ host, port, tls: {} })).rejects.toEqual(
      new TargetError(reason, sentence(server.address)),
    )
  })

  test('it has a certificate that nobody trusts', async () => {
    const identity = await (await createRoot('Unknown')).issue(['127.0.0.1'])
    const server = await listen(silent, { tls: identity })
    const { host, port } = server
    await expect(testContext().dial({ host, port, tls: {} })).rejects.toEqual(
      new TargetError('tls', `${server.address} does not send the issuer of its certificate`),
    )
  })
})

test('what one check trusts or lets pass, the next does not', async () => {
  const root = await createRoot('Root')
  const { host, port } = await listen(silent, { tls: await root.issue(['127.0.0.1']) })
  const outcomes: string[] = []
  const ways = [
    {},
    { ca: root.pem },
    {},
    { rejectUnauthorized: false },
    {},
    { ca: root.pem, minVersion: 'TLSv1.3' },
  ]
  for (const tls of ways as ConnectionOptions[]) {
    const dialled = testContext().dial({ host, port, tls })
    outcomes.push(
      await dialled.then(
        ({ socket }) => {
          socket.destroy()
          return (socket as TLSSocket).authorized ? 'trusted' : 'let pass'
        },
        () => 'refused',
      ),
    )
  }
  expect(outcomes).toEqual(['refused', 'trusted', 'refused', 'let pass', 'refused', 'trusted'])
})

test('a forbidden address is refused before anything is sent', async () => {
  const server = await listen(silent)
  await expect(testContext({ allowPrivate: false }).dial(server)).rejects.toEqual(
    new TargetError(
      'forbidden',
      '127.0.0.1 is a loopback address; a check may probe it only with "allow_private: true"',
    ),
  )
  await expect(testContext({ privateAllowed: false }).dial(server)).rejects.toEqual(
    new TargetError('forbidden', '127.0.0.1 is a loopback address; only runners and local runs probe those'),
  )
  expect(server.accepted()).toBe(0)
})

describe('a host with several addresses', () => {
  test('has the next one tried when one refuses', async () => {
    const server = await listen(silent, { host: '127.0.0.2' })
    const { socket, address } = await contextWith(['127.0.0.1', '127.0.0.2']).dial({
      host: 'two.test',
      port: server.port,
    })
    onTestFinished(() => void socket.destroy())
    expect(address.address).toBe('127.0.0.2')
  })

  test('has four tried and no more', async () => {
    const server = await listen(silent, { host: '127.0.0.5' })
    const context = contextWith(['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'])
    await expect(context.dial({ host: 'five.test', port: server.port })).rejects.toEqual(
      new TargetError('refused', `five.test:${server.port} (127.0.0.1) refused the connection`),
    )
  })

  test('is not asked again elsewhere when one answers wrongly', async () => {
    const server = await listen(reset)
    const other = await listen(silent, { host: '127.0.0.2' })
    const context = contextWith(['127.0.0.1', '127.0.0.2'])
    await expect(context.dial({ host: 'two.test', port: server.port, tls: {} })).rejects.toThrow(TargetError)
    expect(other.accepted()).toBe(0)
  })
})

describe('a voter that lacks the IP version', () => {
  // A source address that this machine does not have (RFC 5737) makes every IPv4 connect fail as our own fault.
  const withoutIpv4 = (v4: readonly string[], v6: readonly string[]) =>
    contextWith(v4, v6, { localAddress: ({ family }) => (family === 4 ? '203.0.113.99' : undefined) })

  test('goes on with the other one', async () => {
    const server = await listen(silent, { host: '::1' })
    const context = withoutIpv4(['127.0.0.1'], ['::1'])
    const { socket, address } = await context.dial({ host: 'both.test', port: server.port })
    onTestFinished(() => void socket.destroy())
    expect(address.family).toBe(6)
  })

  test('does not when the check insists on one', async () => {
    const context = withoutIpv4(['127.0.0.1'], ['::1'])
    const dialling = context.dial({ host: 'both.test', port: 1, ip: 4 })
    await expect(dialling).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
    expect(context.asked).toEqual([4])
  })

  test('is itself at fault when there is no other one', async () => {
    const failure = await withoutIpv4(['127.0.0.1'], [])
      .dial({ host: 'four.test', port: 1 })
      .catch((error: unknown) => error)
    expect(failure).not.toBeInstanceOf(TargetError)
    expect(failure).toMatchObject({ code: 'EADDRNOTAVAIL' })
  })

  test('tells what the target did wrong on the other one', async () => {
    const { port } = await refusingAddress('::1')
    await expect(withoutIpv4(['127.0.0.1'], ['::1']).dial({ host: 'both.test', port })).rejects.toEqual(
      new TargetError('refused', `both.test:${port} (::1) refused the connection`),
    )
  })
})

describe('when the signal aborts', () => {
  test('a dial in the TLS handshake ends and its socket is closed', async () => {
    const server = await listen(silent)
    const controller = new AbortController()
    const { host, port } = server
    const dialling = testContext({ signal: controller.signal }).dial({ host, port, tls: {} })
    await expect.poll(server.accepted).toBe(1)
    controller.abort(new Error('time is over'))
    await expect(dialling).rejects.toThrow('time is over')
    await expect.poll(server.open).toBe(0)
  })

  test('an open connection is closed', async () => {
    const server = await listen(silent)
    const controller = new AbortController()
    const { socket } = await testContext({ signal: controller.signal }).dial(server)
    controller.abort(new Error('time is over'))
    expect(socket.destroyed).toBe(true)
    await expect.poll(server.open).toBe(0)
  })

  test('beforehand, nothing is sent', async () => {
    const server = await listen(silent)
    const signal = AbortSignal.abort(new Error('too late'))
    await expect(testContext({ signal }).dial(server)).rejects.toThrow('too late')
    expect(server.accepted()).toBe(0)
  })
})
