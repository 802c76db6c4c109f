// The servers that are probed, in a process of their own: what they cost must not count.
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

/** What this process tells the one that started it, once. */
export interface Serving {
  readonly endpoints: Readonly<Record<Kind, readonly Endpoint[]>>
  /** The root that their certificates lead to, PEM. */
  readonly ca: string
}

/** The host that every certificate is for and that every DNS question is about. */
export const name = 'bench.test'
/** The address that every DNS answer gives. */
export const answer = '192.0.2.1'

/**
 * Ten thousand connections to one address leave so many in TIME_WAIT that the kernel's search for a free
 * port becomes the whole cost. Where the system has only 127.0.0.1 (macOS), that one has to do.
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

/** Ends when the other side does; a client's reset is no event here. */
function hold(socket: Socket): void {
  socket.on('error', () => {}).resume()
}

/** A few: one socket alone would drop what comes in a burst. */
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
      // Recursion was desired and is available.
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
