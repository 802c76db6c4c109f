import { X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { parseReference, secretForms } from '../../secrets/reference.ts'
import { host, ipVersion, secretText } from '../fields.ts'
import { expectationsSchema, headerName } from './expect/schema.ts'
import type { Credentials, HttpTarget } from './target.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'] as const

const url = z
  .string()
  .max(2000)
  .transform((text, context) => {
    const parsed = URL.parse(text)
    const problem = urlProblem(parsed)
    if (parsed === null || problem !== undefined) {
      context.addIssue({ code: 'custom', message: problem! })
      return z.NEVER
    }
    parsed.hash = ''
    return parsed.href
  })

function urlProblem(parsed: URL | null): string | undefined {
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    return 'is not an http or https URL; write one such as https://example.com/'
  }
  if (parsed.username !== '' || parsed.password !== '') {
    return 'contains a user name or a password; write them as "username" and "password"'
  }
  if (parsed.port === '0') return 'has port 0; write a port from 1 to 65535'
  return undefined
}

/** Headers about the connection and the framing of the body (RFC 9110, sections 7.6 and 8.6), set by the prober. */
const ownHeaders = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const headerValue = z.union([z.number().transform(String), secretText])

const headers = z
  .record(headerName, headerValue)
  .transform((record) => Object.entries(record))
  .superRefine((entries, context) => {
    const seen = new Set<string>()
    for (const [name, value] of entries) {
      const message = headerProblem(name, value, seen)
      if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message })
      seen.add(name.toLowerCase())
    }
  })

function headerProblem(name: string, value: string, seen: ReadonlySet<string>): string | undefined {
  if (ownHeaders.has(name.toLowerCase())) return 'is a header that the prober sets itself; leave it out'
  if (seen.has(name.toLowerCase())) return 'appears twice, in different case; write it once'
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
    return 'contains a line break or another character not allowed in headers; remove it'
  }
  if (/^\S+ +(env:|ssm:|secretsmanager:)\S+$/.test(value)) {
    return 'would be sent unchanged; write the reference alone, with the whole value in the secret, or use "bearer"'
  }
  return undefined
}

const certificate = z
  .string()
  .meta({ title: 'PEM' })
  .refine(isCertificate, 'is not a certificate; write it as PEM, from -----BEGIN CERTIFICATE-----')

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}

const keyReference = secretText.refine(
  (text) => parseReference(text) !== undefined,
  `is the key itself; write a reference to a secret: ${secretForms}`,
)

const options = z.strictObject({
  url: url.meta({
    description:
      'The address to request, with http:// or https://. Credentials belong in username and password.',
    examples: ['https://example.org/'],
  }),
  method: z
    .enum(methods)
    .exactOptional()
    .meta({
      description: 'The request method. Default: GET, or POST when there is a body.',
      examples: ['HEAD'],
    }),
  headers: headers.default([]).meta({
    description:
      'Headers to send, by name; Host is allowed. A value is a text, a number or a secret reference. Default: none.',
    examples: [{ Accept: 'text/html' }],
  }),
  body: secretText
    .exactOptional()
    .meta({ description: 'The body to send. Default: none.', examples: ['{ "ping": true }'] }),
  username: secretText.exactOptional().meta({
    description: 'The user name of Basic authentication. Default: none is sent.',
    examples: ['monitor'],
  }),
  password: secretText.exactOptional().meta({
    description: 'The password of Basic authentication; needs username. Default: empty.',
    examples: ['ssm:/example/password'],
  }),
  bearer: secretText.exactOptional().meta({
    description: 'The token of "Authorization: Bearer". Not together with username. Default: none is sent.',
    examples: ['secretsmanager:example#token'],
  }),
  verify: z
    .boolean()
    .default(true)
    .meta({
      description: 'Whether the certificate and its host name must be right. Write false to accept any.',
      examples: [false],
    }),
  ca: certificate.exactOptional().meta({
    description: 'One root certificate in PEM, trusted instead of the public ones. Default: the public ones.',
  }),
  cert: certificate
    .exactOptional()
    .meta({ description: 'The client certificate to present, in PEM; needs key. Default: none.' }),
  key: keyReference.exactOptional().meta({
    description: 'The private key of cert, always as a secret reference. Default: none.',
    examples: ['ssm:/example/client-key'],
  }),
  servername: host.exactOptional().meta({
    description: 'The name to ask for (SNI) and to find in the certificate. Default: the host of the URL.',
    examples: ['www.example.org'],
  }),
  ip: ipVersion.exactOptional(),
  redirects: z
    .int()
    .min(0)
    .max(20)
    .exactOptional()
    .meta({
      description: 'How many redirects to follow. Default: 5, or 0 where expect has nothing but redirects.',
      examples: [0],
    }),
  expect: expectationsSchema.meta({
    description:
      'What the answer must be like: a status, a list of them, a text in the body, or { status, headers, body }. Default: a status of 2xx after the last redirect.',
    examples: [200, [200, '3xx'], 'Welcome', { status: '2xx', body: 'Welcome' }],
  }),
})

type Options = z.output<typeof options>

/** Enough for http → https → www → language, and few enough to end quickly. */
const defaultRedirects = 5

/** The options of an `http` check. */
export const httpSchema = options
  .superRefine(
    (written, context) => {
      for (const [path, message] of contradictions(written)) {
        context.addIssue({ code: 'custom', path: [path], message })
      }
    },
    // Also if there are other mistakes, so that all are reported at once.
    { when: ({ value }) => typeof value === 'object' && value !== null },
  )
  .transform((written): HttpTarget => {
    const { url, headers, body, verify, ca, cert, key, servername, ip, expect } = written
    const credentials = credentialsOf(written)
    return {
      url,
      method: written.method ?? (body === undefined ? 'GET' : 'POST'),
      headers,
      ...(body !== undefined && { body }),
      ...(credentials && { credentials }),
      tls: {
        verify,
        ...(ca !== undefined && { ca }),
        ...(servername !== undefined && { servername }),
        ...(cert !== undefined && key !== undefined && { client: { cert, key } }),
      },
      ...(ip && { ip }),
      // If only redirects are expected, the redirect itself is the answer.
      redirects: written.redirects ?? (expect.status.every(isRedirection) ? 0 : defaultRedirects),
      expect,
    }
  })
  .describe(
    'An HTTP request, and the expected answer. Online if status (2xx unless written), headers and body are as expected. Redirects are followed.',
  )

function isRedirection([from, to]: readonly [number, number]): boolean {
  return from >= 300 && to <= 399
}

function credentialsOf({ username, password, bearer }: Options): Credentials | undefined {
  if (bearer !== undefined) return { scheme: 'bearer', token: bearer }
  return username === undefined ? undefined : { scheme: 'basic', username, password: password ?? '' }
}

/**
 * Options that are valid separately but not together, as the option to report and a message. Options that are invalid
 * by themselves may have any shape here or be missing.
 */
function* contradictions(written: Partial<Options>): Generator<[path: keyof Options, message: string]> {
  const { username, password, bearer, cert, key, method, body, headers, expect } = written
  const named =
    Array.isArray(headers) &&
    headers.some((header) => typeof header?.[0] === 'string' && /^authorization$/i.test(header[0]))
  if (password !== undefined && username === undefined)
    yield ['password', 'is without "username"; write both']
  if (bearer !== undefined && username !== undefined)
    yield ['bearer', 'is beside "username"; write one of them']
  if (named && (bearer !== undefined || username !== undefined)) {
    yield ['headers', 'has Authorization beside "username" or "bearer"; write one of them']
  }
  if (cert !== undefined && key === undefined) yield ['cert', 'is without "key"; write both']
  if (key !== undefined && cert === undefined) yield ['key', 'is without "cert"; write both']
  if (method !== 'HEAD') return
  if (body !== undefined) yield ['body', 'has no meaning with method HEAD; leave it out']
  if (expect?.body?.length) yield ['expect', 'expects a body, which no answer to HEAD has; write method: GET']
}
