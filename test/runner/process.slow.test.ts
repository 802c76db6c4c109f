import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { openSockets } from '../../functions/runtime/raw.ts'
import { answering, startDnsServer } from '../fixtures/dns-server.ts'
import { selfSigned } from '../fixtures/self-signed.ts'
import { banner, listen, silent } from '../fixtures/servers.ts'
import { homeAt, startGroup, startHome, startProcess } from './process.ts'
import { voter } from './rig.ts'

const { sockets } = await openSockets()
const method = sockets.method
sockets.close()
if (method !== 'raw') console.log('skipped: pings of a runner; they need Linux and CAP_NET_RAW')

test('votes on every kind of check', async () => {
  const port = await listen(banner('hi'))
  const secure = await listen(silent, { tls: await selfSigned(['127.0.0.1']) })
  const names = await startDnsServer({
    'own.test': answering({ name: 'own.test', type: 'A', data: '192.0.2.7' }),
  })
  const web = createServer((_, response) => void response.end('Welcome'))
  await new Promise<void>((done) => web.listen(0, '127.0.0.1', done))
  onTestFinished(async () => {
    await names.close()
    web.close()
  })
  const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/`
  const untouched = await listen(silent)
  const kinds = {
    tcp: `{ address: '${port.address}', expect: hi }`,
    http: `{ url: '${url}', expect: Welcome }`,
    tls: `{ address: '${secure.address}', verify: false }`,
    dns: `{ name: own.test, server: '127.0.0.1:${names.port}', expect: 192.0.2.7 }`,
    half_open: `{ address: '${untouched.address}' }`,
    ...(method === 'raw' && { icmp: '{ target: 127.0.0.1, count: 2, interval: 10ms }' }),
  }
  const home = await startHome(
    Object.entries(kinds)
      .map(
        ([kind, options]) => `  - { name: ${kind}, ${kind}: ${options}, interval: 1s, allow_private: true }`,
      )
      .join('\n'),
  )
  const runner = startProcess(homeAt(home.url))
  await expect.poll(async () => (await home.ballots()).length, { timeout: 20_000 }).toBeGreaterThan(1)
  const first = (await home.ballots())[0]!
  expect(first).toMatchObject({ voter, failed: {} })
  const latencies = home.byName(first)
  expect(Object.keys(latencies).sort()).toEqual(Object.keys(kinds).sort())
  for (const [kind, ms] of Object.entries(latencies)) expect(ms, kind).toBeGreaterThan(0)
  if (method === 'raw') expect(untouched.accepted()).toBe(0)
  expect((await runner.terminate()).ended).toEqual([0, null])
})

/** A runner in the middle of a tick: one check has answered, the other never will. */
async function inMidTick(begin: typeof startProcess) {
  const greeting = await listen(banner('hi'))
  const hanging = await listen(silent)
  const check = (name: string, address: string) =>
    `  - { name: ${name}, tcp: { address: '${address}', expect: hi }, interval: 5s, timeout: 5s, allow_private: true }`
  const home = await startHome(`${check('known', greeting.address)}\n${check('hanging', hanging.address)}`)
  const runner = begin(homeAt(home.url))
  await expect.poll(hanging.accepted, { timeout: 20_000 }).toBe(1)
  await expect.poll(greeting.accepted).toBe(1)
  await expect.poll(greeting.open).toBe(0)
  return {
    runner,
    async expectKept() {
      const ballots = await home.ballots()
      expect(ballots.map(home.byName)).toEqual([{ known: expect.any(Number), hanging: -1 }])
      expect(home.byName(ballots[0]!).known).toBeGreaterThan(0)
      expect(await runner.said).toContain('lab-1 has stopped')
    },
  }
}

test('asked to end in mid-tick, it writes what it knows and ends within five seconds', async () => {
  const { runner, expectKept } = await inMidTick(startProcess)
  const { ended, tookMs } = await runner.terminate()
  expect(ended).toEqual([0, null])
  expect(tookMs).toBeLessThan(5000)
  await expectKept()
})

test.each([
  ['SIGTERM', 'SIGTERM', 'SIGINT'],
  ['SIGHUP', 'SIGHUP'],
] as const)('signalled as a group, again and again, it ends no sooner: %j', async (...signals) => {
  const { runner, expectKept } = await inMidTick(startGroup)
  // The launcher forwards a signal that its child has already received.
  for (const signal of signals) {
    runner.signal(signal)
    await pause(50)
  }
  expect(await runner.exit).toEqual([0, null])
  await expectKept()
})

test('without its environment it ends with an error', async () => {
  const runner = startProcess({})
  expect(await runner.exit).toEqual([1, null])
  expect(await runner.said).toContain('the environment variable UPQUORUM_VOTER is not set')
})
