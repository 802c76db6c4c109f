import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Identity } from '../../functions/dev/demo/certificates.ts'
import { parseOptions, wordIssue } from '../../shared/config/read/wording.ts'
import { http } from '../../shared/probers/http/http.ts'
import { httpSchema } from '../../shared/probers/http/schema.ts'
import { selfSigned } from '../fixtures/self-signed.ts'

const url = 'https://example.com/'
const usual = {
  url,
  method: 'GET',
  headers: [],
  tls: { verify: true },
  redirects: 5,
  expect: { status: [[200, 299]], headers: [], body: [] },
}

/** Every complaint as worded by the configuration's reader: `path message`. */
function complaints(options: unknown): string[] {
  const { error } = httpSchema.safeParse(options, parseOptions)
  return (error?.issues ?? []).flatMap(wordIssue).map(({ path, message }) => `${path.join('.')} ${message}`)
}

describe('what is written becomes', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a GET with defaults', {}, {}],
    ['the URL without its fragment, in normal form', { url: 'HTTPS://Example.com:443#top' }, {}],
    ['a POST where there is a body', { body: '{}' }, { method: 'POST', body: '{}' }],
    ['the method written beside a body', { body: '{}', method: 'GET' }, { body: '{}' }],
    [
      'headers as pairs, numbers as text',
      { headers: { Host: 'other.example', 'X-Level': 3 } },
      {
        headers: [
          ['Host', 'other.example'],
          ['X-Level', '3'],
        ],
      },
    ],
    [
      'basic credentials',
      { username: 'u', password: 'ssm:/pw' },
      { credentials: { scheme: 'basic', username: 'u', password: 'ssm:/pw' } },
    ],
    [
      'an empty password',
      { username: 'u' },
      { credentials: { scheme: 'basic', username: 'u', password: '' } },
    ],
    ['a bearer token', { bearer: 'env:TOKEN' }, { credentials: { scheme: 'bearer', token: 'env:TOKEN' } }],
    [
      'settings of TLS',
      { verify: false, servername: 'Other.Example' },
      { tls: { verify: false, servername: 'other.example' } },
    ],
    ['an IP version', { ip: 6 }, { ip: 6 }],
    ['no redirects', { redirects: 0 }, { redirects: 0 }],
  ])('%s', (_, options, target) => {
    expect(httpSchema.parse({ url, ...options })).toEqual({ ...usual, ...target })
  })

  test('plain data that survives a plan', () => {
    const target = httpSchema.parse({ url, ip: 4, expect: { body: { regex: 'a' }, headers: { X: 'y' } } })
    expect(JSON.parse(JSON.stringify(target))).toEqual(target)
  })
})

describe('expect', () => {
  test.each<[unknown, Record<string, unknown>]>([
    [200, { status: [[200, 200]] }],
    ['200', { status: [[200, 200]] }],
    ['4xx', { status: [[400, 499]] }],
    ['200-204', { status: [[200, 204]] }],
    [
      ['2xx', 404],
      {
        status: [
          [200, 299],
          [404, 404],
        ],
      },
    ],
    ['Welcome', { body: [{ is: 'contains', text: 'Welcome' }] }],
    ['200 OK', { body: [{ is: 'contains', text: '200 OK' }] }],
    [{ status: '2xx' }, { status: [[200, 299]] }],
    [
      { status: ['2xx', 301] },
      {
        status: [
          [200, 299],
          [301, 301],
        ],
      },
    ],
    [{ body: '200' }, { body: [{ is: 'contains', text: '200' }] }],
    [
      { body: { contains: ['a', 'b'], not_contains: 'c', regex: '^d', not_regex: ['e', 'f'] } },
      {
        body: [
          { is: 'contains', text: 'a' },
          { is: 'contains', text: 'b' },
          { is: 'not_contains', text: 'c' },
          { is: 'regex', pattern: '^d' },
          { is: 'not_regex', pattern: 'e' },
          { is: 'not_regex', pattern: 'f' },
        ],
      },
    ],
    [
      { headers: { 'Content-Type': 'json', Server: { absent: true }, Age: { equals: '', not_equals: '1' } } },
      {
        headers: [
          { name: 'content-type', is: 'contains', text: 'json' },
          { name: 'server', is: 'absent' },
          { name: 'age', is: 'equals', text: '' },
          { name: 'age', is: 'not_equals', text: '1' },
        ],
      },
    ],
  ])('%j', (written, expectations) => {
    expect(httpSchema.parse({ url, expect: written }).expect).toEqual({ ...usual.expect, ...expectations })
  })

  test.each([
    [301, 0],
    [['301', 308], 0],
    ['3xx', 0],
    [['2xx', 301], 5],
    ['2xx', 5],
  ])('%j: redirects are followed %i times unless written', (written, redirects) => {
    expect(httpSchema.parse({ url, expect: written }).redirects).toBe(redirects)
    expect(httpSchema.parse({ url, expect: written, redirects: 2 }).redirects).toBe(2)
  })
})

describe('what is refused', () => {
  const noUrl = 'url is not an http or https URL; write one such as https://example.com/'
  const noStatus = 'is not a status; write one such as 200, 2xx or 200-299'
  const noHeaderName = 'is not a header name; write letters, digits and hyphens, such as Accept-Language'
  const unsendable = 'contains a line break or another character not allowed in headers; remove it'

  test.each<[Record<string, unknown>, string[]]>([
    [{ url: 'example.com' }, [noUrl]],
    [{ url: 'localhost:80' }, [noUrl]],
    [{ url: 'ftp://example.com' }, [noUrl]],
    [{ url: '' }, [noUrl]],
    [{ url: 'https://' }, [noUrl]],
    [
      { url: 'https://u:p@example.com' },
      ['url contains a user name or a password; write them as "username" and "password"'],
    ],
    [{ url: 'http://example.com:0/' }, ['url has port 0; write a port from 1 to 65535']],
    [{ method: 'CONNECT' }, [expect.stringMatching(/^method is "CONNECT"; must be GET, HEAD,/)]],
    [{ headers: { 'a b': 'x' } }, [`headers.a b ${noHeaderName}`]],
    [{ headers: { '': 'x' } }, [`headers. ${noHeaderName}`]],
    [{ headers: { 'X\r\nEvil': 'x' } }, [`headers.X\r\nEvil ${noHeaderName}`]],
    [{ expect: { headers: { 'a:b': 'x' } } }, [`expect.headers.a:b ${noHeaderName}`]],
    [{ headers: { A: 'x\r\nEvil: y' } }, [`headers.A ${unsendable}`]],
    [{ headers: { A: '✓' } }, [`headers.A ${unsendable}`]],
    [
      { headers: { Connection: 'keep-alive' } },
      ['headers.Connection is a header that the prober sets itself; leave it out'],
    ],
    [{ headers: { A: 'x', a: 'y' } }, ['headers.a appears twice, in different case; write it once']],
    [
      { headers: { Authorization: 'Bearer ssm:/token' } },
      [
        'headers.Authorization would be sent unchanged; write the reference alone, with the whole value in ' +
          'the secret, or use "bearer"',
      ],
    ],
    [{ bearer: 'ssm:' }, [expect.stringMatching(/^bearer is not a reference to a secret; write /)]],
    [{ password: 'p' }, ['password is without "username"; write both']],
    [{ username: 'u', bearer: 't' }, ['bearer is beside "username"; write one of them']],
    [
      { bearer: 't', headers: { authorization: 'x' } },
      ['headers has Authorization beside "username" or "bearer"; write one of them'],
    ],
    [{ ca: 'nonsense' }, ['ca is not a certificate; write it as PEM, from -----BEGIN CERTIFICATE-----']],
    [{ key: 'ssm:/key' }, ['key is without "cert"; write both']],
    [{ method: 'HEAD', body: 'x' }, ['body has no meaning with method HEAD; leave it out']],
    [
      { method: 'HEAD', expect: 'Welcome' },
      ['expect expects a body, which no answer to HEAD has; write method: GET'],
    ],
    [{ expect: '2x' }, [`expect ${noStatus}`]],
    [{ expect: '200-' }, [`expect ${noStatus}`]],
    [{ expect: 99 }, [`expect ${noStatus}`]],
    [{ expect: 200.5 }, [`expect ${noStatus}`]],
    [{ expect: ['2xx', 'ok'] }, [`expect.1 ${noStatus}`]],
    [{ expect: { status: 'OK' } }, [`expect.status ${noStatus}`]],
    [{ expect: { status: [200, 700] } }, [`expect.status.1 ${noStatus}`]],
    [
      { expect: { body: { regex: '(' } } },
      ['expect.body.regex is not a regular expression: Unterminated group'],
    ],
    [{ expect: { body: {} } }, ['expect.body is empty; write contains, not_contains, regex or not_regex']],
    [
      { expect: { headers: { A: {} } } },
      ['expect.headers.A is empty; write equals, contains, regex, one of these with not_, present or absent'],
    ],
  ])('%j', (options, expected) => {
    expect(complaints({ url, ...options })).toEqual(expected)
  })

  test('everything at once, unknown keys and contradictions among it', () => {
    expect(complaints({ url: 'x', metod: 'GET', ip: 5, password: 'p', expect: { bodi: 'x' } })).toEqual([
      noUrl,
      expect.stringMatching(/^ip /),
      expect.stringMatching(/^expect.bodi is unknown; .*body/),
      expect.stringMatching(/^metod is unknown; .*method/),
      'password is without "username"; write both',
    ])
  })

  test('no message repeats a value that may be a secret', () => {
    const secret = 'hunter2'
    const all = complaints({
      url: `https://u:${secret}@example.com`,
      headers: { Authorization: `${secret}\n`, 'X-Y': [secret] },
      bearer: { token: secret },
      password: [secret],
      key: secret,
      body: { a: secret },
    })
    expect(all.length).toBeGreaterThanOrEqual(6)
    expect(all.join('\n')).not.toContain(secret)
  })
})

describe('a client certificate', () => {
  let identity: Identity
  beforeAll(async () => {
    identity = await selfSigned(['client'])
  })

  test('stands beside the reference to its key', () => {
    const { cert } = identity
    expect(httpSchema.parse({ url, cert, ca: cert, key: 'ssm:/key' }).tls).toEqual({
      verify: true,
      ca: cert,
      client: { cert, key: 'ssm:/key' },
    })
  })

  test('a key in the file itself is refused', () => {
    expect(complaints({ url, ...identity })).toEqual([
      'key is the key itself; write a reference to a secret: env:NAME, ssm:/path/of/parameter or secretsmanager:name#key',
    ])
  })
})

test('the label names method, origin and path, never the query', () => {
  const label = (options: object) => http.label(httpSchema.parse({ url, ...options }))
  expect(label({ url: 'http://Example.com:8080/a/b?token=secret#x' })).toBe('http://example.com:8080/a/b')
  expect(label({ url: 'https://[2001:db8::1]:443', method: 'HEAD' })).toBe('HEAD https://[2001:db8::1]/')
  expect(Buffer.byteLength(label({ url: `https://example.com/${'a'.repeat(500)}` }))).toBe(200)
})

test('the hosts are without port and brackets', () => {
  const hosts = (url: string) => http.hosts(httpSchema.parse({ url }))
  expect(hosts('https://Example.com:8443/')).toEqual(['example.com'])
  expect(hosts('http://[2001:db8::1]:80/')).toEqual(['2001:db8::1'])
  expect(hosts('http://127.1/')).toEqual(['127.0.0.1'])
})

test('the JSON Schema describes every option', () => {
  const { properties, required } = z.toJSONSchema(httpSchema, { io: 'input' })
  expect(required).toEqual(['url'])
  const described = Object.values(properties!).filter(
    (property) => (property as { description?: string }).description,
  )
  expect(described).toHaveLength(Object.keys(properties!).length)
})
