import type { IncomingMessage } from 'node:http'
import type { ConnectionOptions } from 'node:tls'
import type { Phases } from '../../network/connection.ts'
import { TargetError } from '../../network/fault.ts'
import type { ProbeContext } from '../prober.ts'
import { hostOf, portOf } from './authority.ts'
import { decodeBody, readBody } from './body.ts'
import { exchange } from './exchange.ts'
import { judgeBody, judgeHeaders, judgeStatus } from './expect/expectation.ts'
import { redirected } from './redirect.ts'
import type { Request } from './request.ts'
import type { HttpTarget } from './target.ts'

/** Milliseconds per phase, summed over all requests of a probe. */
export type Stopwatch = { -readonly [Phase in keyof Phases]: number }

function add(phases: Stopwatch, phase: keyof Phases, ms: number | undefined): void {
  if (ms !== undefined) phases[phase] = (phases[phase] ?? 0) + ms
}

export type Outcome = { readonly note: string | undefined } | { readonly next: Request }

/**
 * Makes one request on a new connection. Resolves with a note if the answer is as expected, or with the next request
 * if it is a redirect to follow. Throws `TargetError` for everything else.
 */
export async function followHop(
  target: HttpTarget,
  request: Request,
  context: ProbeContext,
  phases: Stopwatch,
): Promise<Outcome> {
  const { clock, lifetime } = context
  const connection = await context.dial({
    host: hostOf(request.url),
    port: portOf(request.url),
    ip: target.ip,
    tls: request.url.protocol === 'https:' ? await tlsOptions(target, request, context) : undefined,
  })
  try {
    for (const phase of ['dns', 'connect', 'tls'] as const) add(phases, phase, connection.phases[phase])
    const sentMs = clock.monotonic()
    const answer = await exchange(connection.socket, request, lifetime)
    const answeredMs = clock.monotonic()
    add(phases, 'firstByte', answeredMs - sentMs)
    const { statusCode: status, headers } = answer
    const next = target.redirects === 0 ? undefined : redirected(request, status!, headers.location)
    if (next !== undefined) return { next }
    judgeHead(target, request, answer)
    const body = await readBody(answer, target.expect.body.length > 0, lifetime)
    add(phases, 'transfer', clock.monotonic() - answeredMs)
    if (target.expect.body.length > 0) {
      const { text, complete } = await decodeBody(body, answer)
      const complaint = judgeBody(target.expect, text, complete)
      if (complaint !== undefined) throw new TargetError('assertion', complaint)
    }
    return { note: body.complete ? undefined : 'only the first 1 MiB of the body was read' }
  } finally {
    connection.socket.destroy()
  }
}

function judgeHead(target: HttpTarget, request: Request, answer: IncomingMessage): void {
  const status = answer.statusCode!
  const wrongStatus = judgeStatus(target.expect, status)
  if (wrongStatus !== undefined) {
    const withheld = target.credentials !== undefined && !request.ownOrigin
    const why = withheld && (status === 401 || status === 403)
    throw new TargetError(
      'status',
      why ? `${wrongStatus}; credentials are not sent to another origin` : wrongStatus,
    )
  }
  const wrongHeader = judgeHeaders(target.expect, (name) => answer.headersDistinct[name])
  if (wrongHeader !== undefined) throw new TargetError('assertion', wrongHeader)
}

/** The check's server name and client certificate are used for its own origin only. */
async function tlsOptions(
  target: HttpTarget,
  request: Request,
  context: ProbeContext,
): Promise<ConnectionOptions> {
  const { verify, ca, servername, client } = target.tls
  const options: ConnectionOptions = { rejectUnauthorized: verify, ALPNProtocols: ['http/1.1'] }
  if (ca !== undefined) options.ca = ca
  if (!request.ownOrigin) return options
  if (servername !== undefined) options.servername = servername
  if (client !== undefined) {
    options.cert = client.cert
    options.key = await context.secret(client.key)
  }
  return options
}
