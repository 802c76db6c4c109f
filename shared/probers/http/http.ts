import { TargetError } from '../../network/fault.ts'
import { truncateBytes } from '../../text/truncate.ts'
import type { Prober } from '../prober.ts'
import { hostOf } from './authority.ts'
import { followHop, type Stopwatch } from './hop.ts'
import { firstRequest } from './request.ts'
import { type HttpTarget, isHttps } from './target.ts'

export type { HttpTarget } from './target.ts'

/** Requests a URL over HTTP/1.1, follows redirects and judges the final answer. */
export const http: Prober<HttpTarget> = {
  needs: 'tcp',
  hosts: (target) => [hostOf(new URL(target.url))],
  label(target) {
    const { origin, pathname } = new URL(target.url)
    return truncateBytes(`${target.method === 'GET' ? '' : `${target.method} `}${origin}${pathname}`, 200)
  },
  // TLS costs many times as much as the request. Its bytes were measured: most are the post-quantum key share.
  cpuMs: (target) => (isHttps(target) ? 0.9 : 0.22),
  bytesOut: (target) => (isHttps(target) ? 1776 : 500),
  async probe(target, context) {
    const phases: Stopwatch = {}
    const visited = new Set<string>()
    let request = await firstRequest(target, (text) => context.secret(text))
    try {
      for (;;) {
        visited.add(`${request.method} ${request.url.href}`)
        const outcome = await followHop(target, request, context, phases)
        if ('note' in outcome) return { online: true, phases, ...(outcome.note && { note: outcome.note }) }
        request = outcome.next
        if (visited.has(`${request.method} ${request.url.href}`)) {
          throw new TargetError('redirect', 'the redirects form a loop')
        }
        if (visited.size > target.redirects) {
          throw new TargetError('redirect', `there were more than ${target.redirects} redirects`)
        }
      }
    } catch (error) {
      if (!(error instanceof TargetError)) throw error
      const direct = visited.size === 1 || error.reason === 'redirect'
      const detail = direct ? error.message : afterRedirect(error.message, request.url)
      return { online: false, reason: error.reason, detail: truncateBytes(detail), phases }
    }
  },
}

function afterRedirect(message: string, url: URL): string {
  return `${message.includes(hostOf(url)) ? 'redirected' : `redirected to ${truncateBytes(url.origin, 50)}`}: ${message}`
}
