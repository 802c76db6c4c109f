// The baseline: probes written with Node alone, which share, classify and measure nothing. Each probes one endpoint
// once and resolves when it is online.
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { request } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { encode } from 'dns-packet'
import { answer, type Endpoint, type Kind, name } from './servers.ts'

/** @param onStop receives a function that aborts the probe; a loop without timeouts ignores it. */
type Look = (endpoint: Endpoint, onStop: (stop: () => void) => void) => Promise<void>

/** The same headers as the prober's. */
const headers = {
  'User-Agent': 'upquorum/0',
  Accept: '*/*',
  'Accept-Encoding': 'identity',
  Connection: 'close',
}

const tcp: Look = ({ address, port }, onStop) =>
  new Promise((resolve, reject) => {
    const socket = connectTcp({ host: address, port, noDelay: true })
    onStop(() => socket.destroy())
    socket.on('error', reject)
    socket.on('connect', () => {
      socket.end().destroy()
      resolve()
    })
  })

const tls =
  (ca: string | undefined): Look =>
  ({ address, port }, onStop) =>
    new Promise((resolve, reject) => {
      const socket = connectTls({ host: address, port, ca, rejectUnauthorized: false })
      onStop(() => socket.destroy())
      socket.on('error', reject)
      socket.on('secureConnect', () => {
        const certificate = socket.getPeerX509Certificate()
        const daysLeft = (certificate!.validToDate.getTime() - Date.now()) / 86_400_000
        socket.end().destroy()
        if (socket.authorized && daysLeft > 14) resolve()
        else reject(socket.authorizationError)
      })
    })

/** Without an agent, which costs a tenth more and is useless for connections used once. */
const http =
  (connect: (endpoint: Endpoint) => Socket): Look =>
  (endpoint, onStop) =>
    new Promise((resolve, reject) => {
      const createConnection = () => connect(endpoint)
      const outgoing = request({ host: endpoint.address, port: endpoint.port, headers, createConnection })
      onStop(() => outgoing.destroy())
      outgoing.on('error', reject)
      outgoing.on('response', (answer) => {
        answer.on('data', () => {})
        answer.on('error', reject)
        answer.on('end', () => {
          if (answer.statusCode === 200) resolve()
          else reject(new Error(`status ${answer.statusCode}`))
        })
      })
      outgoing.end()
    })

const query = encode({
  type: 'query',
  flags: 0x0100,
  questions: [{ type: 'A', name }],
  additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options: [] } as never],
})

const expected = Buffer.from(answer.split('.').map(Number))

const dns: Look = ({ address, port }, onStop) =>
  new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    onStop(() => socket.close())
    const own = Buffer.from(query)
    own.writeUInt16BE(randomInt(0x1_0000), 0)
    socket.on('error', reject)
    socket.on('message', (reply) => {
      if (reply.readUInt16BE(0) !== own.readUInt16BE(0)) return
      socket.close()
      // Checks the rcode and the address, which ends the only answer.
      if ((reply[3]! & 0x0f) === 0 && reply.subarray(-4).equals(expected)) resolve()
      else reject(new Error('another answer'))
    })
    socket.connect(port, address, () => {
      socket.send(own, (error) => {
        if (error) reject(error)
      })
    })
  })

/** @param ca the root to trust, unless this process already trusts it. */
export function bareLooks(ca: string | undefined): Readonly<Record<Kind, Look>> {
  return {
    tcp,
    http: http(({ address: host, port }) => connectTcp({ host, port, noDelay: true })),
    https: http(({ address: host, port }) => connectTls({ host, port, ca, ALPNProtocols: ['http/1.1'] })),
    tls: tls(ca),
    dns,
  }
}

/** Probes every endpoint, `concurrency` of them at a time. */
async function lookAtAll(
  endpoints: readonly Endpoint[],
  concurrency: number,
  look: (endpoint: Endpoint) => Promise<void>,
): Promise<void> {
  const waiting = endpoints.values()
  const workers = Array.from({ length: concurrency }, async () => {
    for (const endpoint of waiting) await look(endpoint)
  })
  await Promise.all(workers)
}

/** Runs probes with timeouts, as any prober must: each has an AbortController and a timer. */
export function loopWithTimeouts(
  look: Look,
  endpoints: readonly Endpoint[],
  concurrency: number,
  timeoutMs: number,
): Promise<void> {
  return lookAtAll(endpoints, concurrency, async (endpoint) => {
    const controller = new AbortController()
    const { signal } = controller
    const timer = setTimeout(() => controller.abort(), timeoutMs)
    let onAbort = () => {}
    try {
      await look(endpoint, (stop) => {
        onAbort = stop
        signal.addEventListener('abort', onAbort, { once: true })
      })
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
  })
}

/** Runs probes without timeouts: a single silent target would hang the loop forever. */
export function loopWithoutTimeouts(
  look: Look,
  endpoints: readonly Endpoint[],
  concurrency: number,
): Promise<void> {
  return lookAtAll(endpoints, concurrency, (endpoint) => look(endpoint, () => {}))
}
