import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SNSClient } from '@aws-sdk/client-sns'
import { onTestFinished } from 'vitest'
import { localCredentials } from '../../functions/dev/cloud/database.ts'
import { type Published, publishTo } from '../../functions/dev/cloud/topics.ts'

/** What the server does with a request instead of answering properly. */
export type Trouble = (request: IncomingMessage, response: ServerResponse) => void

/** An error in the format of SNS. */
export const error =
  (status: number, code: string, message: string): Trouble =>
  (_, response) => {
    const type = status < 500 ? 'Sender' : 'Receiver'
    response
      .writeHead(status, { 'content-type': 'text/xml' })
      .end(
        `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>${type}</Type>` +
          `<Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
      )
  }

export const silence: Trouble = () => {}
export const hangUp: Trouble = (request) => request.socket.destroy()

export interface Sns {
  readonly client: SNSClient
  /** The published messages, in order. */
  readonly published: readonly Published[]
  /** The number of requests, answered properly or not. */
  requests(): number
  /** Gives a topic trouble from now on; undefined ends it. */
  trouble(topic: string, trouble: Trouble | undefined): void
}

/** Starts a real SNS client with a server that speaks SNS's protocol, with trouble on request. */
export async function startSns(maxAttempts?: number): Promise<Sns> {
  const published: Published[] = []
  const troubles = new Map<string, Trouble>()
  let requests = 0
  const publish = publishTo(
    () => true,
    (one) => {
      published.push(one)
    },
  )
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    requests++
    const topic = new URLSearchParams(body).get('TopicArn')?.split(':').at(-1) ?? ''
    const trouble = troubles.get(topic)
    if (trouble !== undefined) return trouble(request, response)
    const proper = await publish(body)
    response.writeHead(proper.status, { 'content-type': proper.type }).end(proper.body)
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = new SNSClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'local',
    credentials: localCredentials,
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
  })
  onTestFinished(() => {
    client.destroy()
    server.closeAllConnections()
    server.close()
  })
  return {
    client,
    published,
    requests: () => requests,
    trouble(topic, trouble) {
      if (trouble === undefined) troubles.delete(topic)
      else troubles.set(topic, trouble)
    },
  }
}
