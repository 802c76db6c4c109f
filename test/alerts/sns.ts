import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SNSClient } from '@aws-sdk/client-sns'
import { onTestFinished } from 'vitest'
import { localCredentials } from '../../functions/dev/cloud/database.ts'
import { type Published, publishTo } from '../../functions/dev/cloud/topics.ts'

/** What SNS does with a request instead of answering properly. */
export type Trouble = (request: IncomingMessage, response: ServerResponse) => void

/** An error as SNS answers it. */
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
  /** What was published, in its order. */
  readonly published: readonly Published[]
  /** How many requests came, answered properly or not. */
  requests(): number
  /** From now on a topic has trouble; undefined: no more. */
  trouble(topic: string, trouble: Trouble | undefined): void
}

/** A real SNS client and a server that speaks SNS's protocol, as well or badly as it is told. */
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
