// The probed servers, in their own process, so that their CPU time does not count.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { decode, encode } from 'dns-packet'
import { createRoot } from '../../functions/dev/demo/certificates.ts'

export const kinds = ['tcp', 'http', 'https', 'tls', 'dns'] as const
export type Kind = (typeof kinds)[number]

export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** The message that this process sends to its parent once the servers listen. */
export interface Serving {
  readonly endpoints: Readonly<Record<Kind, readonly Endpoint[]>>
  /** The root of their certificates, PEM. */
  readonly ca: string
}

/** The host name in every certificate and every DNS question. */
export const name = 'bench.test'
/** The address in every DNS answer. */
export const answer = '192.0.2.1'

/**
 * Several addresses, because ten thousand connections to one leave so many in TIME_WAIT that the kernel's search for a
 * free port dominates the cost. On systems with only 127.0.0.1 (macOS) that one is used alone.
 */
const addresses = Array.from({ length: 16 }, (_, index) => `127.0.0.${index + 1}`)

async function listenEverywhere(create: () => Server): Promise<readonly Endpoint[]> {
  const endpoints: Endpoint[] = []
  for (const address of addresses) {
    try {
      const server = create().listen(0, address)
      await once(server, 'listening')
      endpoints.push({ address, port: (server.address() as AddressInfo).port })
    } catch (error) {
      if (endpoints.length === 0) throw error
      break
    }
  }
  return endpoints
}

/** Keeps a connection until the client ends it; resets are ignored. */
function hold(socket: Socket): void {
  socket.on('error', () => {}).resume()
}

/** Starts several sockets, because a single one would drop packets in a burst. */
async function startDns(): Promise<readonly Endpoint[]> {
  const endpoints: Endpoint[] = []
  for (const address of ['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.1']) {
    const socket = createSocket('udp4')
    socket.on('message', (datagram, sender) => {
      const { id = 0, questions = [] } = decode(datagram)
      const answers = questions.map((question) => ({
        type: 'A' as const,
        name: question.name,
        ttl: 60,
        data: answer,
      }))
      // Flags: recursion desired and available.
      const reply = encode({ type: 'response', id, flags: 0x0180, questions, answers })
      socket.send(reply, sender.port, sender.address)
    })
    socket.bind(0, address)
    await once(socket, 'listening')
    endpoints.push({ address, port: socket.address().port })
  }
  return endpoints
}

async function serve(): Promise<Serving> {
  const root = await createRoot('Root')
  const identity = await root.issue([name, ...addresses])
  const reply = (_: unknown, response: { end(text: string): void }) => response.end('Welcome')
  return {
    endpoints: {
      tcp: await listenEverywhere(() => createTcpServer(hold)),
      http: await listenEverywhere(() => createHttpServer(reply)),
      https: await listenEverywhere(() => createHttpsServer(identity, reply)),
      tls: await listenEverywhere(() => createTlsServer(identity, hold)),
      dns: await startDns(),
    },
    ca: root.pem,
  }
}

process.on('disconnect', () => process.exit())
process.send?.(await serve())
