import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { decode, encode } from 'dns-packet'
import { createRoot } from './certificates.ts'

/** The faults that the demo's servers currently show. */
export interface Faults {
  /** The shop answers every request with 503. */
  shopIsDown: boolean
  /** The database resets connections from these addresses, like a route that is broken for some clients only. */
  readonly resetFrom: Set<string>
  /** The shop delays its answers to these addresses, within their timeout. */
  readonly delayedFrom: Set<string>
}

export interface DemoServers {
  readonly ports: {
    readonly shop: number
    readonly database: number
    readonly certificate: number
    readonly names: number
  }
  /** The root of the TLS server's certificate, PEM. */
  readonly ca: string
  close(): Promise<void>
}

/** Starts a shop (HTTP), a database (TCP), a server with a certificate (TLS) and a name server (DNS) on loopback. */
export async function startServers(faults: Faults): Promise<DemoServers> {
  const root = await createRoot('upquorum demo')
  const { cert, key } = await root.issue(['localhost', '127.0.0.1'], { untilDays: 90 })

  const shop = createHttpServer(({ socket }, response) => {
    const [status, body] = faults.shopIsDown ? ([503, 'sorry'] as const) : ([200, 'Welcome'] as const)
    const answer = () => response.writeHead(status, { 'content-type': 'text/plain' }).end(body)
    setTimeout(answer, faults.delayedFrom.has(socket.remoteAddress ?? '') ? 600 : 0)
  })
  const database = createTcpServer((socket) => {
    socket.on('error', ignore)
    if (faults.resetFrom.has(socket.remoteAddress ?? '')) socket.resetAndDestroy()
    else socket.once('data', () => socket.end('PONG\n'))
  })
  const certificate = createTlsServer({ cert, key }, (socket) => socket.end())
  certificate.on('tlsClientError', ignore)
  const names = createSocket('udp4')
  names.on('message', (query, { port, address }) => names.send(answerTo(query), port, address))
  names.bind(0, '127.0.0.1')
  await once(names, 'listening')

  const open = new Set<Socket>()
  const servers: Server[] = [shop, database, certificate]
  for (const server of servers) server.on('connection', (socket: Socket) => track(open, socket))
  const [shopPort, databasePort, certificatePort] = await Promise.all(servers.map(listen))
  return {
    ports: {
      shop: shopPort!,
      database: databasePort!,
      certificate: certificatePort!,
      names: names.address().port,
    },
    ca: root.pem,
    async close() {
      names.close()
      for (const socket of open) socket.destroy()
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function track(open: Set<Socket>, socket: Socket): void {
  open.add(socket)
  socket.on('close', () => open.delete(socket))
}

/** Ignores socket errors, because a probe closes its connection as soon as it has seen enough. */
function ignore(): void {}

function answerTo(query: Buffer): Buffer {
  const { id, questions = [] } = decode(query)
  const { name } = questions[0]!
  return encode({
    type: 'response',
    id: id!,
    questions,
    answers: [{ type: 'A', name, ttl: 60, data: '192.0.2.80' }],
  })
}
