import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Lifetime } from '../../lifetime.ts'
import { TargetError } from '../../network/fault.ts'
import { explainExchange } from './failure.ts'
import type { Request } from './request.ts'

/** Maximum size of headers; real sites with long policies and many cookies exceed Node's default of 16 KiB. */
const maxHeaderBytes = 64 * 1024
/** Maximum interim answers (1xx) before the final one, against an endless stream of them; one or two are usual. */
const maxInterim = 16

/**
 * Sends the request on an open connection and resolves with the head of the answer, its body unread. A later failure is
 * an `error` of the message. Throws `TargetError` if there is no valid answer, and the lifetime's reason once that is
 * over.
 */
export function exchange(socket: Socket, request: Request, lifetime: Lifetime): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    lifetime.throwIfOver()
    // Node would wait for ever on a connection that is already closed.
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
      // An error after a complete answer does not matter.
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
    // If the server switches protocols (101) unasked, the connection closes without an error.
    outgoing.on('close', fail)
    let interim = 0
    outgoing.on('information', () => {
      if (++interim <= maxInterim) return
      outgoing.destroy(
        new TargetError('protocol', `there were more than ${maxInterim} interim answers (1xx)`),
      )
    })
    outgoing.end(request.body?.text)
  })
}

/** Alternating names and values: Node sends such a list unchanged and adds nothing to it. */
function headerLines({ url, method, headers, body }: Request): string[] {
  const lines: string[] = []
  // RFC 9110, section 7.2: Host should come first.
  if (!headers.some(({ name }) => name.toLowerCase() === 'host')) lines.push('Host', url.host)
  for (const { name, value } of headers) lines.push(name, value)
  // RFC 9110, section 8.6: a method that anticipates content needs Content-Length even without content.
  if (body !== undefined) lines.push('Content-Length', `${Buffer.byteLength(body.text)}`)
  else if (method === 'POST' || method === 'PUT' || method === 'PATCH') lines.push('Content-Length', '0')
  return lines
}
