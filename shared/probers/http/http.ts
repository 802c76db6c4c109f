import type { IncomingMessage } from 'node:http'
import type { ConnectionOptions } from 'node:tls'
import { cut } from '../../probing/wording.ts'
import { type Phases, type ProbeContext, type Prober, TargetError } from '../prober.ts'
import { decodeBody, readBody } from './body.ts'
import { exchange } from './exchange.ts'
import { judgeBody, judgeHeaders, judgeStatus } from './expect/expectation.ts'
import { hostOf, portOf } from './place.ts'
import { redirected } from './redirect.ts'
import { firstRequest, type Request } from './request.ts'
import type { HttpTarget } from './target.ts'

export type { HttpTarget } from './target.ts'

/** Asks over HTTP/1.1, follows redirects and judges the answer at their end. */
export const http: Prober<HttpTarget> = {
  needs: 'tcp',
  hosts: (target) => [hostOf(new URL(target.url))],
  label(target) {
    const { origin, pathname } = new URL(target.url)
    return cut(`${target.method === 'GET' ? '' : `${target.method} `}${origin}${pathname}`, 200)
  },
  async probe(target, context) {
    const phases: Stopwatch = {}
    const visited = new Set<string>()
    let request = await firstRequest(target, (text) => context.secret(text))
    try {
      for (;;) {
        visited.add(`${request.method} ${request.url.href}`)
        const outcome = await visit(target, request, context, phases)
        if ('note' in outcome) return { online: true, phases, ...(outcome.note && { note: outcome.note }) }
        request = outcome.next
        if (visited.has(`${request.method} ${request.url.href}`)) {
          throw new TargetError('redirect', 'the redirects lead in a circle')
        }
        if (visited.size > target.redirects) {
          throw new TargetError('redirect', `more than ${target.redirects} redirects follow one another`)
        }
      }
    } catch (error) {
      if (!(error instanceof TargetError)) throw error
      const direct = visited.size === 1 || error.reason === 'redirect'
      const detail = direct ? error.message : afterRedirect(error.message, request.url)
      return { online: false, reason: error.reason, detail: cut(detail), phases }
    }
  },
}

function afterRedirect(message: string, url: URL): string {
  return `${message.includes(hostOf(url)) ? 'redirected' : `redirected to ${cut(url.origin, 50)}`}: ${message}`
}

/** Milliseconds per phase, summed over all requests of a probe. */
type Stopwatch = { -readonly [Phase in keyof Phases]: number }

function add(phases: Stopwatch, phase: keyof Phases, ms: number | undefined): void {
  if (ms !== undefined) phases[phase] = (phases[phase] ?? 0) + ms
}

type Outcome = { readonly note: string | undefined } | { readonly next: Request }

/**
 * One request on a connection of its own. Resolves when the answer is as expected, with a note where one is
 * due, or when it is a redirect to follow, with the next request. Throws `TargetError` for everything else.
 */
async function visit(
  target: HttpTarget,
  request: Request,
  context: ProbeContext,
  phases: Stopwatch,
): Promise<Outcome> {
  const { clock, signal } = context
  const connection = await context.dial({
    host: hostOf(request.url),
    port: portOf(request.url),
    ip: target.ip,
    tls: request.url.protocol === 'https:' ? await tlsOptions(target, request, context) : undefined,
  })
  try {
    for (const phase of ['dns', 'connect', 'tls'] as const) add(phases, phase, connection.phases[phase])
    const sentMs = clock.monotonic()
    const answer = await exchange(connection.socket, request, signal)
    const answeredMs = clock.monotonic()
    add(phases, 'firstByte', answeredMs - sentMs)
    const { statusCode: status, headers } = answer
    const next = target.redirects === 0 ? undefined : redirected(request, status!, headers.location)
    if (next !== undefined) return { next }
    judgeHead(target, request, answer)
    const body = await readBody(answer, target.expect.body.length > 0, signal)
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
    const withheld = (status === 401 || status === 403) && !request.ownOrigin
    const why = withheld ? '; credentials are not sent to another origin' : ''
    throw new TargetError('status', wrongStatus + why)
  }
  const wrongHeader = judgeHeaders(target.expect, (name) => answer.headersDistinct[name])
  if (wrongHeader !== undefined) throw new TargetError('assertion', wrongHeader)
}

/** The check's server name and client certificate are for its own origin. */
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
