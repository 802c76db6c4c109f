import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/**
 * A proxy in front of the emulator for `cdk destroy`. The CDK deletes a stack by its ARN, as AWS allows; the emulator
 * only knows stack names, and takes the ARN for a stack that is already gone.
 */
export async function startGateway(emulatorUrl: string) {
  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request)
    const { host: _host, 'content-length': _length, connection: _connection, ...headers } = request.headers
    const answer = await fetch(new URL(request.url ?? '/', emulatorUrl), {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(body.length === 0 ? {} : { body: named(body) }),
    })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' })
    response.end(Buffer.from(await answer.arrayBuffer()))
  }
  const server = createServer((request, response) => {
    forward(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function named(body: Buffer): string | Uint8Array<ArrayBuffer> {
  const form = new URLSearchParams(body.toString())
  const stack = /^arn:[^/]+:stack\/([^/]+)\//.exec(form.get('StackName') ?? '')?.[1]
  if (form.get('Action') !== 'DeleteStack' || stack === undefined) return new Uint8Array(body)
  form.set('StackName', stack)
  return form.toString()
}
