import { TargetError } from '../../network/fault.ts'
import type { Request } from './request.ts'

/** RFC 9110, section 15.4; 300 and 304 are answers, not redirects to follow. */
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Headers about the body, dropped together with it. */
const bodyHeaders: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
])

/**
 * The request to which an answer redirects; undefined if it is not a redirect. A redirect from https to http is
 * followed like any other: browsers do so, and nothing confidential is sent along.
 *
 * Throws `TargetError` (reason `redirect`) if it cannot be followed.
 */
export function redirected(
  request: Request,
  status: number,
  location: string | undefined,
): Request | undefined {
  if (location === undefined || !redirectStatuses.has(status)) return undefined
  const url = destination(request.url, location)
  const sameOrigin = url.origin === request.url.origin
  const headers = sameOrigin ? request.headers : request.headers.filter((header) => !header.confidential)
  const ownOrigin = request.ownOrigin && sameOrigin
  if (becomesGet(status, request.method)) {
    const bare = headers.filter(({ name }) => !bodyHeaders.has(name.toLowerCase()))
    return { url, method: 'GET', headers: bare, ownOrigin }
  }
  const { method, body } = request
  if (body?.confidential && !sameOrigin) {
    throw new TargetError('redirect', `redirected to ${url.origin}, where the body, a secret, is not sent`)
  }
  return { url, method, headers, ...(body && { body }), ownOrigin }
}

function destination(from: URL, location: string): URL {
  // Node decodes headers as Latin-1, but browsers read a raw UTF-8 path as UTF-8.
  const url = URL.parse(Buffer.from(location, 'latin1').toString(), from.href)
  if (url === null) throw new TargetError('redirect', 'redirected to something that is not a URL')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TargetError('redirect', 'redirected to a URL that is neither http nor https')
  }
  url.username = ''
  url.password = ''
  url.hash = ''
  return url
}

/** As RFC 9110, sections 15.4.2 to 15.4.4, says, and as every browser does with 301 and 302. */
function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return (status === 301 || status === 302) && method === 'POST'
}
