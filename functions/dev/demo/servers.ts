import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { decode, encode } from 'dns-packet'
import { createRoot } from './certificates.ts'

/** What the demo's servers do at the moment. */
export interface Mood {
  /** The shop answers 503 to everybody. */
  shopIsDown: boolean
  /** The database resets connections from these addresses: a route that is broken for some only. */
  readonly cutOff: Set<string>
  /** The shop lets these addresses wait, within their timeout. */
  readonly keptWaiting: Set<string>
}

export interface DemoServers {
  readonly ports: {
    readonly shop: number
    readonly database: number
    readonly certificate: number
    readonly names: number
  }
  /** The authority that the certificate's server is to be trusted by, PEM. */
  readonly ca: string
  close(): Promise<void>
}

/** Starts a shop (HTTP), a database (TCP), a server with a certificate (TLS) and a name server (DNS), on loopback. */
export async function startServers(mood: Mood): Promise<DemoServers> {
  const root = await createRoot('upquorum demo')
  const { cert, key } = await root.issue(['localhost', '127.0.0.1'], { untilDays: 90 })

  const shop = createHttpServer(({ socket }, response) => {
    const status = mood.shopIsDown ? 503 : 200
    const answer = () =>
      response.writeHead(status, { 'content-type': 'text/plain' }).end(mood.shopIsDown ? 'sorry' : 'Welcome')
    setTimeout(answer, mood.keptWaiting.has(socket.remoteAddress ?? '') ? 600 : 0)
  })
  const database = createTcpServer((socket) => {
    socket.on('error', ignore)
    if (mood.cutOff.has(socket.remoteAddress ?? '')) socket.resetAndDestroy()
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

/** A probe hangs up when it has seen enough; for the demo's servers that is no news. */
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
