import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { shakeOne } from '../../functions/cli/shaken.ts'
import { systemClock } from '../../functions/clock.ts'
import { knownAddresses } from '../../shared/network/resolve.ts'
import { openConnecting } from '../../shared/raw/connect.ts'

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
  // The connection begins in one of these ticks; then nothing runs until the time is long over, as after Ctrl-Z.
  for (let tick = 0; tick < 20; tick++) await new Promise<void>((resolve) => process.nextTick(resolve))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150)
  expect(await shaking).toMatchObject({ address: 'here', result: 'open' })
  sockets.close()
  server.close()
})
