import { expect, test } from 'vitest'
import { openSocketsFor } from '../../functions/runtime/raw.ts'
import { banner, listen } from '../fixtures/servers.ts'
import { configOf, startRun } from './run.ts'

// A local run simulates its runners like its regions, through their own queue and the probe function, with the
// sockets that this machine permits.

const sockets = await openSocketsFor(['icmp'], () => {})
const canPing = sockets?.ping !== undefined
const isRaw = sockets?.method === 'raw'
sockets?.close()
if (!canPing) console.log('skipped: pings of a local run; they need Linux and CAP_NET_RAW')

test('runners vote on half-open checks and pings', async () => {
  const server = await listen(banner('hi'))
  const checks = [
    `half_open: { address: '${server.address}' }`,
    ...(canPing ? ['icmp: { target: 127.0.0.1, count: 1 }'] : []),
  ].map((one, index) => `  - { name: raw-${index}, ${one}, from: [one, two, three], allow_private: true }\n`)
  const run = await startRun(configOf(checks.join('')))
  run.cloud.start()
  const ballot = await run.told((line) => line.type === 'ballot')
  for (const index of checks.keys())
    await run.told(
      (line) => line.type === 'transition' && line.check === `raw-${index}` && line.to === 'online',
    )
  await run.cloud.stop()
  expect(ballot).toMatchObject({ votes: { 'raw-0': { vote: 'online', ms: expect.any(Number) } } })
  if (isRaw) expect(server.accepted()).toBe(0)
})
