import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** Starts one HTTP server for all services of the local cloud, routed by action (`Publish`, `SendMessageBatch`). */
export async function startEndpoint(
  actions: Readonly<Record<string, (body: string) => Answer | Promise<Answer>>>,
) {
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const action = actionOf(request, body)
    const { status, type, body: answer } = (await actions[action]?.(body)) ?? unknown(action)
    response.writeHead(status, { 'content-type': type }).end(answer)
  }
  const server = createServer((request, response) => {
    // The client of an aborted request is gone, so there is nothing to answer.
    answer(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The JSON protocols name the action in a header, the Query protocol in the form body. */
function actionOf(request: IncomingMessage, body: string): string {
  const target = request.headers['x-amz-target']
  if (typeof target === 'string') return target.split('.').at(-1)!
  return new URLSearchParams(body).get('Action') ?? ''
}

function unknown(action: string): Answer {
  return { status: 400, type: 'text/plain', body: `the local cloud does not know the action "${action}"` }
}
