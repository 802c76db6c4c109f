import packageJson from '../../../package.json' with { type: 'json' }
import { parseReference } from '../../secrets/reference.ts'
import type { HttpTarget } from './target.ts'

/** One request of a probe: the first, or one that a redirect asked for. */
export interface Request {
  readonly url: URL
  readonly method: string
  /** Without `Host`, unless the check overrides it. */
  readonly headers: readonly Header[]
  readonly body?: Body
  /**
   * Whether this still is the check's own origin, reached without leaving it in between. Only there the
   * check's credentials, `Host`, server name and client certificate go.
   */
  readonly ownOrigin: boolean
}

export interface Header {
  readonly name: string
  readonly value: string
  /** Meant for the check's own origin only. */
  readonly confidential: boolean
}

export interface Body {
  readonly text: string
  readonly confidential: boolean
}

type Secret = (text: string) => Promise<string>

/** Each can be replaced by a header of the check, except `Connection`. */
const defaults: readonly Header[] = [
  { name: 'User-Agent', value: `upquorum/${packageJson.version}`, confidential: false },
  { name: 'Accept', value: '*/*', confidential: false },
  { name: 'Accept-Encoding', value: 'identity', confidential: false },
  { name: 'Connection', value: 'close', confidential: false },
]

/** What the Fetch standard (HTTP-network-or-cache fetch) and common sense tie to one origin. */
const ownOriginHeaders = new Set(['authorization', 'cookie', 'proxy-authorization', 'host'])

/** A plan's targets live as long as the plan is cached, so what does not change is worked out once. */
const unchanging = new WeakMap<HttpTarget, Request>()

/**
 * The first request of a probe. Throws when a secret cannot be read or cannot be sent: our own failure.
 */
export async function firstRequest(target: HttpTarget, secret: Secret): Promise<Request> {
  const known = unchanging.get(target)
  if (known !== undefined) return known
  const own = await Promise.all(target.headers.map(([name, value]) => resolveHeader(name, value, secret)))
  if (target.credentials !== undefined) own.push(await authorization(target.credentials, secret))
  const replaced = new Set(own.map(({ name }) => name.toLowerCase()))
  const headers = [...own, ...defaults.filter(({ name }) => !replaced.has(name.toLowerCase()))]
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

/** What a reference stands for may change from probe to probe. */
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

/** RFC 9110 section 5.5. The configuration is checked when it is read; a secret's text only here. */
function sendable(name: string, value: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value
  throw new Error(
    `the secret for the header ${name} holds a line break or another character that headers cannot carry`,
  )
}
