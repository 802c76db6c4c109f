import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { shakeOne } from '../../functions/cli/shaken.ts'
import { systemClock } from '../../functions/runtime/clock.ts'
import type { Address, IpVersion } from '../../shared/network/address.ts'
import { knownAddresses } from '../../shared/network/resolve.ts'
import { openConnecting } from '../../shared/raw/connect.ts'
import { scriptedSockets } from '../fixtures/raw-sockets.ts'

test('an answer that came while this process stood still is no silence', async () => {
  const server = createServer((socket) => void socket.on('error', () => {}))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const sockets = openConnecting(systemClock, 10)
  const shaking = shakeOne(
    { text: 'here', host: '127.0.0.1', port },
    {
      sockets,
      settings: { timeoutMs: 50, attempts: 1 },
      resolve: async (host) => knownAddresses(host)!,
    },
  )
  // The connection starts in one of these turns; then the process stalls until long after the timeout, as by Ctrl-Z.
  for (let tick = 0; tick < 20; tick++) await new Promise<void>((resolve) => process.nextTick(resolve))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150)
  expect(await shaking).toMatchObject({ address: 'here', result: 'open' })
  sockets.close()
  server.close()
})

test('the time of a service begins when it is looked up', async () => {
  const resolve = async (host: string) => {
    await new Promise((resolve) => setTimeout(resolve, 60))
    return knownAddresses(host)!
  }
  const { sockets } = scriptedSockets({ syn: [{ answer: 'open', rttUs: 1 }] })
  const target = { text: 'here', host: '192.0.2.1', port: 80 }
  expect(
    await shakeOne(target, { sockets, settings: { timeoutMs: 20, attempts: 1 }, resolve }),
  ).toMatchObject({ result: 'open' })
})

test('of a name with several addresses the first is shaken; without IPv4 that of IPv6', async () => {
  const names: Record<string, readonly Address[]> = {
    4: [
      { address: '192.0.2.1', family: 4 },
      { address: '192.0.2.2', family: 4 },
    ],
    6: [{ address: '2001:db8::1', family: 6 }],
  }
  const resolve = async (_: string, ip: IpVersion = 4) => names[ip]!
  const target = { text: 'example.com:443', host: 'example.com', port: 443 }
  const shake = (answers: Parameters<typeof scriptedSockets>[0]['syn'] & {}, ip?: IpVersion) => {
    const settings = { timeoutMs: 1000, attempts: 1, ...(ip !== undefined && { ip }) }
    return shakeOne(target, { sockets: scriptedSockets({ syn: answers }).sockets, settings, resolve })
  }
  const open = { answer: 'open', rttUs: 1 } as const
  const told = { address: 'example.com:443', result: 'open', rtt_us: 1, method: 'raw' }
  expect(await shake([open])).toEqual({ ...told, ip: '192.0.2.1' })
  expect(await shake([open], 6)).toEqual({ ...told, ip: '2001:db8::1' })
  expect(await shake([{ code: 'ENETUNREACH' }, open])).toEqual({ ...told, ip: '2001:db8::1' })
})
