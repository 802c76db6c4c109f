import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Lifetime } from '../../lifetime.ts'
import { TargetError } from '../../network/fault.ts'
import { explainExchange } from './failure.ts'
import type { Request } from './request.ts'

/** Above Node's default of 16 KiB, which real sites with long policies and many cookies exceed. */
const maxHeaderBytes = 64 * 1024
/** Interim answers (1xx) before the real one. One or two occur; a stream of them would never end. */
const maxInterim = 16

/**
 * Sends the request on an open connection and resolves with the head of the answer, its body unread. What
 * breaks after that is an `error` of the message. Throws `TargetError` when there is no proper answer, and
 * the lifetime's reason once that is over.
 */
export function exchange(socket: Socket, request: Request, lifetime: Lifetime): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    lifetime.throwIfOver()
    // Node would wait for ever on a connection that was lost before it was given to it.
    if (socket.destroyed) throw explainExchange(undefined, request.url)
    const outgoing = httpRequest({
      createConnection: () => socket,
      method: request.method,
      path: request.url.pathname + request.url.search,
      headers: headerLines(request),
      maxHeaderSize: maxHeaderBytes,
    })
    let answer: IncomingMessage | undefined
    const fail = (error?: Error) => {
      // What follows a complete answer is no part of it.
      if (answer?.complete) return
      const failure = lifetime.reason ?? explainExchange(error, request.url)
      if (answer === undefined) reject(failure)
      else answer.destroy(failure as Error)
    }
    outgoing.on('response', (message) => {
      answer = message
      resolve(message)
    })
    outgoing.on('error', fail)
    // Closes without an error when the server switches protocols (101) unasked.
    outgoing.on('close', fail)
    let interim = 0
    outgoing.on('information', () => {
      if (++interim <= maxInterim) return
      outgoing.destroy(new TargetError('protocol', 'there are interim answers (1xx) without an end'))
    })
    outgoing.end(request.body?.text)
  })
}

/** Names and values in turn. Node sends such a list as it is and adds nothing to it. */
function headerLines({ url, method, headers, body }: Request): string[] {
  const lines: string[] = []
  // RFC 9110 section 7.2: Host ought to be the first.
  if (!headers.some(({ name }) => name.toLowerCase() === 'host')) lines.push('Host', url.host)
  for (const { name, value } of headers) lines.push(name, value)
  // RFC 9110 section 8.6: a method that anticipates content says so even when there is none.
  if (body !== undefined) lines.push('Content-Length', `${Buffer.byteLength(body.text)}`)
  else if (method === 'POST' || method === 'PUT' || method === 'PATCH') lines.push('Content-Length', '0')
  return lines
}
