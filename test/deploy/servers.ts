import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** A request received by the target. */
export interface Hit {
  readonly path: string
  readonly atMs: number
}

/** A message received by a contact's webhook. */
export interface ReceivedAlert {
  readonly contact: string
  readonly atMs: number
  readonly alertId: string
  readonly from: string
  readonly to: string
  readonly check: string
}

/** A site that can be taken down. */
export async function startTarget() {
  const hits: Hit[] = []
  const state = { isUp: true }
  const { port, close } = await listen((request, response) => {
    hits.push({ path: request.url ?? '', atMs: Date.now() })
    response.writeHead(state.isUp || request.url !== '/' ? 200 : 503).end('Welcome')
  })
  return { port, close, hits, state }
}

interface Envelope {
  readonly Type: string
  readonly Message: string
  readonly SubscribeURL?: string
}

/** The webhooks of all contacts at `/<contact>`. Each confirms its subscription, as a receiver must. */
export async function startWebhooks() {
  const told: ReceivedAlert[] = []
  const confirmed = new Set<string>()
  async function receive(contact: string, { Type, Message, SubscribeURL }: Envelope): Promise<void> {
    if (Type === 'SubscriptionConfirmation') {
      await fetch(SubscribeURL!)
      confirmed.add(contact)
      return
    }
    const { transitions = [] } = JSON.parse(Message) as {
      transitions?: Omit<ReceivedAlert, 'contact' | 'atMs'>[]
    }
    const atMs = Date.now()
    for (const { alertId, from, to, check } of transitions)
      told.push({ contact, atMs, alertId, from, to, check })
    // A notice about the monitor itself has no transitions; none is expected in this run.
    if (transitions.length === 0) told.push({ contact, atMs, alertId: Message, from: '', to: '', check: '' })
  }
  const { port, close } = await listen((request, response) => {
    const contact = (request.url ?? '/').slice(1)
    json(request)
      .then((envelope) => receive(contact, envelope as Envelope))
      .then(
        () => response.end(),
        () => response.writeHead(500).end(),
      )
  })
  return { port, close, told, confirmed }
}

async function listen(listener: RequestListener) {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
