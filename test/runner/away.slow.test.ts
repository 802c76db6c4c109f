import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { homeAt, startHome, startProcess } from './process.ts'

// A runner process while its home is unreachable: the machine is up, but refuses connections.

/** A proxy in front of a home. When it starts to refuse connections, existing ones break. */
async function startGate(homeUrl: string) {
  const { hostname, port: homePort } = new URL(homeUrl)
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }
  const listen = async (port: number): Promise<Server> => {
    const server = createServer((client) => {
      const home = keep(connect(Number(homePort), hostname))
      keep(client).pipe(home).pipe(client)
    })
    await once(server.listen(port, '127.0.0.1'), 'listening')
    return server
  }
  let server = await listen(0)
  const { port } = server.address() as AddressInfo
  const gate = {
    url: `http://127.0.0.1:${port}`,
    refuse() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
    async answer() {
      server = await listen(port)
    },
  }
  onTestFinished(gate.refuse)
  return gate
}

const everySecond =
  "  - { name: own, tcp: { address: '127.0.0.1:1' }, interval: 1s, timeout: 1s, allow_private: true }"
/** How far SIGUSR2 moves the clock of the process ahead, so that the test need not wait. */
const leapSeconds = 12
const leaping = `
  const real = Date.now
  let leaptMs = 0
  Date.now = () => real() + leaptMs
  process.on('SIGUSR2', () => { leaptMs += ${leapSeconds * 1000} })`

const logOf = (said: string) =>
  said
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { level: string; message: string; dropped?: number })

test('what a home has missed for seconds arrives while it counts; after longer it is dropped, counted and logged', async () => {
  const home = await startHome(everySecond)
  const gate = await startGate(home.url)
  const runner = startProcess(homeAt(gate.url), leaping)
  const ticks = async () => (await home.ballots()).map(({ tick }) => tick)
  const until = (tick: number) =>
    expect
      .poll(async () => (await ticks()).at(-1), { timeout: 20_000, interval: 100 })
      .toBeGreaterThanOrEqual(tick)
  const nowSeconds = () => Math.floor(Date.now() / 1000)
  await until(0)
  const first = (await ticks())[0]!

  gate.refuse()
  await setTimeout(2_500)
  expect(nowSeconds() - (await ticks()).at(-1)!).toBeGreaterThanOrEqual(2)
  await gate.answer()
  const lost = nowSeconds() + 1
  await until(lost)
  const whole = Array.from({ length: lost - first + 1 }, (_, index) => first + index)
  await expect.poll(async () => (await ticks()).filter((tick) => tick <= lost)).toEqual(whole)

  gate.refuse()
  await setTimeout(2_500)
  runner.signal('SIGUSR2')
  // Writes started before the leap have failed by now.
  await setTimeout(300)
  await gate.answer()
  await until(lost + leapSeconds)
  const [next] = (await ticks()).filter((tick) => tick > lost)
  expect(next! - lost).toBeGreaterThan(leapSeconds)
  expect((await runner.terminate()).ended).toEqual([0, null])
  const dropped = logOf(await runner.said)
    .filter(({ message }) => message === 'ballots were dropped: they would have arrived too late')
    .reduce((sum, line) => sum + line.dropped!, 0)
  expect(dropped).toBeGreaterThanOrEqual(2)
})
