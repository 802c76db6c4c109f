import packageJson from '../../../package.json' with { type: 'json' }
import { parseReference } from '../../secrets/reference.ts'
import type { HttpTarget } from './target.ts'

/** One request of a probe: the first one, or one after a redirect. */
export interface Request {
  readonly url: URL
  readonly method: string
  /** Without `Host`, unless the check overrides it. */
  readonly headers: readonly Header[]
  readonly body?: Body
  /**
   * Whether no redirect has left the check's own origin so far. The check's credentials, `Host`, server name and client
   * certificate are only sent to that origin.
   */
  readonly ownOrigin: boolean
}

export interface Header {
  readonly name: string
  readonly value: string
  /** For the check's own origin only. */
  readonly confidential: boolean
}

export interface Body {
  readonly text: string
  readonly confidential: boolean
}

type Secret = (text: string) => Promise<string>

/** Default headers; a check may replace any of them except `Connection`. */
const defaults: readonly Header[] = [
  { name: 'User-Agent', value: `upquorum/${packageJson.version}`, confidential: false },
  { name: 'Accept', value: '*/*', confidential: false },
  { name: 'Accept-Encoding', value: 'identity', confidential: false },
  { name: 'Connection', value: 'close', confidential: false },
]

/** Headers for one origin only, by the Fetch standard (HTTP-network-or-cache fetch) and common sense. */
const ownOriginHeaders = new Set(['authorization', 'cookie', 'proxy-authorization', 'host'])

/** Requests without secrets, built once per target: target objects live as long as their plan is cached. */
const unchanging = new WeakMap<HttpTarget, Request>()

/**
 * The first request of a probe. Throws if a secret cannot be read or sent, which is our own failure.
 */
export async function firstRequest(target: HttpTarget, secret: Secret): Promise<Request> {
  const known = unchanging.get(target)
  if (known !== undefined) return known
  const written = await Promise.all(target.headers.map(([name, value]) => resolveHeader(name, value, secret)))
  if (target.credentials !== undefined) written.push(await authorization(target.credentials, secret))
  const replaced = new Set(written.map(({ name }) => name.toLowerCase()))
  const headers = [...written, ...defaults.filter(({ name }) => !replaced.has(name.toLowerCase()))]
  const body = target.body === undefined ? undefined : await resolveBody(target.body, secret)
  const request: Request = {
    url: new URL(target.url),
    method: target.method,
    headers,
    ...(body && { body }),
    ownOrigin: true,
  }
  if (!holdsReference(target)) unchanging.set(target, request)
  return request
}

/** Whether the request has a secret, whose value may change from probe to probe. */
function holdsReference({ headers, body, credentials }: HttpTarget): boolean {
  const texts = [...headers.map(([, value]) => value), body ?? '', ...Object.values(credentials ?? {})]
  return texts.some((text) => parseReference(text) !== undefined)
}

async function resolveHeader(name: string, value: string, secret: Secret): Promise<Header> {
  const resolved = await secret(value)
  const confidential = parseReference(value) !== undefined || ownOriginHeaders.has(name.toLowerCase())
  return { name, value: sendable(name, resolved), confidential }
}

async function resolveBody(text: string, secret: Secret): Promise<Body> {
  const resolved = await secret(text)
  return { text: resolved, confidential: parseReference(text) !== undefined }
}

async function authorization(
  credentials: NonNullable<HttpTarget['credentials']>,
  secret: Secret,
): Promise<Header> {
  const name = 'Authorization'
  if (credentials.scheme === 'bearer') {
    const token = await secret(credentials.token)
    return { name, value: sendable(name, `Bearer ${token}`), confidential: true }
  }
  const pair = `${await secret(credentials.username)}:${await secret(credentials.password)}`
  return { name, value: `Basic ${Buffer.from(pair).toString('base64')}`, confidential: true }
}

/** RFC 9110, section 5.5. Values in the configuration were validated when it was read; a secret is only here. */
function sendable(name: string, value: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value
  throw new Error(
    `the secret for the header ${name} contains a line break or another character not allowed in headers`,
  )
}
