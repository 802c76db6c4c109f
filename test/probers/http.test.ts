import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { http } from '../../shared/probers/http/http.ts'
import { httpSchema } from '../../shared/probers/http/schema.ts'
import type { Finding, ProbeContext } from '../../shared/probers/prober.ts'
import { testContext } from '../fixtures/context.ts'

/** A request as received by a server, headers in their original order and case. */
interface Received {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: string
}

/** A web server for one test; `received` collects its requests. */
async function serve(listener: RequestListener, host = '127.0.0.1') {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push(describeRequest(request, Buffer.concat(chunks).toString()))
      listener(request, response)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, port, received }
}

function describeRequest({ method = '', url = '', rawHeaders }: IncomingMessage, body: string): Received {
  const headers = Object.fromEntries(
    rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1]!]] : [])),
  )
  return { method, path: url, headers, body }
}

function probe(options: Record<string, unknown>, context = testContext()): Promise<Finding> {
  return http.probe(httpSchema.parse(options), context)
}

/** A context as without `allow_private`, except for these tests' own servers. */
function onlyLoopbackAllowed(): ProbeContext {
  const open = testContext()
  const guarded = testContext({ allowPrivate: false })
  return { ...open, dial: (options) => (options.host === '127.0.0.1' ? open : guarded).dial(options) }
}

const ok: RequestListener = (_, response) => response.end('Welcome to the shop')

describe('the request', () => {
  test('is a plain GET that closes its connection', async () => {
    const { url, port, received } = await serve(ok)
    expect(await probe({ url: `${url}/a?b=c#d` })).toMatchObject({ online: true })
    expect(received).toEqual([
      {
        method: 'GET',
        path: '/a?b=c',
        headers: {
          Host: `127.0.0.1:${port}`,
          'User-Agent': expect.stringMatching(/^upquorum\/\d+\.\d+\.\d+$/),
          Accept: '*/*',
          'Accept-Encoding': 'identity',
          Connection: 'close',
        },
        body: '',
      },
    ])
  })

  test('carries method, body and headers as written, Host and User-Agent included', async () => {
    const { url, received } = await serve(ok)
    await probe({
      url,
      method: 'PUT',
      body: 'naïve',
      headers: { Host: 'shop.example', 'user-agent': 'me', 'Content-Type': 'text/plain', 'X-Name': 'é' },
    })
    expect(received[0]).toMatchObject({
      method: 'PUT',
      headers: {
        Host: 'shop.example',
        'user-agent': 'me',
        'Content-Type': 'text/plain',
        'Content-Length': '6',
      },
      body: 'naïve',
    })
    expect(received[0]!.headers).not.toHaveProperty('User-Agent')
  })

  test('says that a POST without a body is empty', async () => {
    const { url, received } = await serve(ok)
    await probe({ url, method: 'POST' })
    expect(received[0]!.headers).toMatchObject({ 'Content-Length': '0' })
    expect(received[0]!.headers).not.toHaveProperty('Transfer-Encoding')
  })

  test('goes over IPv6 where asked to', async () => {
    const { port } = await serve(ok, '::1')
    expect(await probe({ url: `http://localhost:${port}/`, ip: 6 })).toMatchObject({ online: true })
    expect(await probe({ url: `http://localhost:${port}/`, ip: 4 })).toMatchObject({
      online: false,
      reason: 'refused',
    })
  })
})

describe('secrets', () => {
  const values: Record<string, string> = { 'env:USER': 'anna', 'env:PASS': 'pässword', 'ssm:/token': 't0ken' }
  const secret = async (text: string) => values[text] ?? text

  test('are resolved when probing: headers, body, basic and bearer credentials', async () => {
    const { url, received } = await serve(ok)
    const context = () => testContext({ secret })
    await probe({ url, headers: { 'X-Key': 'ssm:/token' }, body: 'env:PASS' }, context())
    await probe({ url, username: 'env:USER', password: 'env:PASS' }, context())
    await probe({ url, bearer: 'ssm:/token' }, context())
    expect(received[0]).toMatchObject({ headers: { 'X-Key': 't0ken' }, body: 'pässword' })
    expect(received[1]!.headers.Authorization).toBe(
      `Basic ${Buffer.from('anna:pässword').toString('base64')}`,
    )
    expect(received[2]!.headers.Authorization).toBe('Bearer t0ken')
  })

  test('are resolved anew for each probe of the same target', async () => {
    const { url, received } = await serve(ok)
    const target = httpSchema.parse({ url, bearer: 'ssm:/token' })
    for (const token of ['one', 'two']) await http.probe(target, testContext({ secret: async () => token }))
    expect(received.map(({ headers }) => headers.Authorization)).toEqual(['Bearer one', 'Bearer two'])
  })

  test('do not come back in a finding, even from a server that repeats them', async () => {
    const { url } = await serve((request, response) => {
      const told = `${request.headers.authorization}`
      response.writeHead(418, told, { 'X-Told': told, Location: `/${told}` })
      response.end(told)
    })
    const answers = [
      {},
      { status: 418, body: 'none' },
      { status: 418, body: { not_contains: 'Bearer' } },
      { status: 418, headers: { 'X-Told': 'none' } },
      { status: 418, headers: { 'X-Told': { absent: true } } },
    ]
    for (const expected of answers) {
      const finding = await probe({ url, bearer: 'ssm:/token', expect: expected }, testContext({ secret }))
      expect(finding).toMatchObject({ online: false })
      expect(JSON.stringify(finding)).not.toContain('t0ken')
    }
  })

  test('that cannot be read or sent are our failure, not the target’s', async () => {
    const { url, received } = await serve(ok)
    const unreadable = testContext({ secret: () => Promise.reject(new Error('no access to ssm:/token')) })
    await expect(probe({ url, bearer: 'ssm:/token' }, unreadable)).rejects.toThrow('no access to ssm:/token')
    const broken = testContext({ secret: async () => 'two\nlines' })
    await expect(probe({ url, headers: { 'X-Key': 'ssm:/token' } }, broken)).rejects.toThrow(
      'the secret for the header X-Key contains a line break or another character not allowed in headers',
    )
    expect(received).toEqual([])
  })
})

describe('the answer', () => {
  test('must be 2xx unless another status is expected', async () => {
    const { url } = await serve((request, response) =>
      response.writeHead(Number(request.url!.slice(1))).end(),
    )
    expect(await probe({ url: `${url}/204` })).toMatchObject({ online: true })
    expect(await probe({ url: `${url}/503` })).toMatchObject({
      online: false,
      reason: 'status',
      detail: 'the answer was 503, expected 2xx',
      phases: { connect: expect.any(Number), firstByte: expect.any(Number) },
    })
    expect(await probe({ url: `${url}/404`, expect: ['2xx', 404] })).toMatchObject({ online: true })
    expect(await probe({ url: `${url}/301` })).toMatchObject({ detail: 'the answer was 301, expected 2xx' })
    expect(await probe({ url: `${url}/304`, expect: '300-399' })).toMatchObject({ online: true })
  })

  test.each<[unknown, string | undefined]>([
    ['Welcome', undefined],
    ['Goodbye', 'the body does not contain "Goodbye"'],
    [{ body: { regex: '^Welcome.*shop$', not_contains: 'error' } }, undefined],
    [{ body: { not_regex: 'shop$' } }, 'the body matches /shop$/'],
    [{ headers: { 'X-Powered-By': { absent: true }, 'Content-Length': { equals: '19' } } }, undefined],
    [{ headers: { constructor: { absent: true } } }, undefined],
    [{ headers: { 'Content-Type': 'html' } }, 'the header content-type is missing'],
  ])('%j', async (expected, detail) => {
    const { url } = await serve(ok)
    expect(await probe({ url, expect: expected })).toMatchObject(
      detail === undefined ? { online: true } : { online: false, reason: 'assertion', detail },
    )
  })

  test('a HEAD has no body to wait for', async () => {
    const { url } = await serve((_, response) => response.setHeader('Content-Length', '1000').end())
    expect(await probe({ url, method: 'HEAD' })).toMatchObject({ online: true })
  })

  test('a pattern that cannot be decided is our failure', async () => {
    const { url } = await serve((_, response) => response.end(`${'a'.repeat(40)}b`))
    await expect(probe({ url, expect: { body: { regex: '^(a+)+$' } } })).rejects.toThrow(
      'took longer than 250 ms',
    )
  })

  test('is read in the charset it names', async () => {
    const { url } = await serve((_, response) => {
      response.setHeader('Content-Type', 'text/html; charset="ISO-8859-1"')
      response.end(Buffer.from('Größe', 'latin1'))
    })
    expect(await probe({ url, expect: 'Größe' })).toMatchObject({ online: true })
  })

  test('is read as UTF-8 where the charset is unknown', async () => {
    const { url } = await serve((_, response) => {
      response.setHeader('Content-Type', 'text/html; charset=x-nobody')
      response.end('Größe')
    })
    expect(await probe({ url, expect: 'Größe' })).toMatchObject({ online: true })
  })

  test.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['identity', (text: string) => text],
  ])('is decoded from %s although nobody asked for it', async (encoding, compress) => {
    const { url } = await serve((_, response) => {
      response.setHeader('Content-Encoding', encoding)
      response.end(compress('Welcome'))
    })
    expect(await probe({ url, expect: 'Welcome' })).toMatchObject({ online: true })
  })

  test.each([
    ['gzip', 'Welcome', 'the body is not valid gzip'],
    ['gzip', gzipSync('Welcome').subarray(0, -4), 'the body is not valid gzip'],
    ['rot13', 'Jrypbzr', 'the body has a content encoding that was not asked for'],
  ])('that claims to be %s and is not breaks the protocol', async (encoding, body, detail) => {
    const { url } = await serve((_, response) => response.setHeader('Content-Encoding', encoding).end(body))
    expect(await probe({ url, expect: 'Welcome' })).toMatchObject({
      online: false,
      reason: 'protocol',
      detail,
    })
  })

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('a %s bomb is unfolded up to the bound and no further', async (encoding, compress) => {
    const bomb = compress(
      Buffer.concat([Buffer.from('Welcome'), Buffer.alloc(64 * 1024 * 1024), Buffer.from('End')]),
    )
    const { url } = await serve((_, response) => response.setHeader('Content-Encoding', encoding).end(bomb))
    expect(await probe({ url, expect: 'Welcome' })).toMatchObject({ online: true })
    expect(await probe({ url, expect: 'End' })).toMatchObject({
      online: false,
      detail: 'the beginning of the body (1 MiB) does not contain "End"',
    })
  })
})

describe('redirects', () => {
  /** `/3` redirects to `/2` and so on to `/0`. */
  const countdown: RequestListener = ({ url }, response) => {
    const left = Number(url!.slice(1))
    if (left === 0) response.end('Welcome')
    else response.writeHead(302, { Location: `/${left - 1}` }).end()
  }

  test('are followed to the answer, each phase summed up', async () => {
    const { url, received } = await serve(countdown)
    expect(await probe({ url: `${url}/3`, expect: 'Welcome' })).toEqual({
      online: true,
      phases: { connect: expect.any(Number), firstByte: expect.any(Number), transfer: expect.any(Number) },
    })
    expect(received.map(({ path }) => path)).toEqual(['/3', '/2', '/1', '/0'])
  })

  test('are followed as often as allowed and not once more', async () => {
    const { url, received } = await serve(countdown)
    expect(await probe({ url: `${url}/2`, redirects: 2 })).toMatchObject({ online: true })
    expect(await probe({ url: `${url}/3`, redirects: 2 })).toMatchObject({
      online: false,
      reason: 'redirect',
      detail: 'there were more than 2 redirects',
    })
    expect(received).toHaveLength(6)
  })

  test('are answers where none is to be followed', async () => {
    const { url, received } = await serve(countdown)
    expect(await probe({ url: `${url}/1`, expect: 302 })).toMatchObject({ online: true })
    expect(await probe({ url: `${url}/1`, redirects: 0 })).toMatchObject({
      online: false,
      reason: 'status',
      detail: 'the answer was 302, expected 2xx',
    })
    expect(received).toHaveLength(2)
  })

  test('in a circle are noticed before the limit', async () => {
    const { url, received } = await serve(({ url }, response) =>
      response.writeHead(302, { Location: url === '/a' ? '/b' : '/a' }).end(),
    )
    expect(await probe({ url: `${url}/a`, redirects: 20 })).toMatchObject({
      online: false,
      reason: 'redirect',
      detail: 'the redirects form a loop',
    })
    expect(received).toHaveLength(2)
  })

  test('turn a POST into a GET without its body', async () => {
    const { url, received } = await serve(({ url }, response) =>
      url === '/' ? response.writeHead(303, { Location: '/done' }).end() : response.end(),
    )
    await probe({ url, body: 'x', headers: { 'Content-Type': 'text/plain', Accept: 'text/html' } })
    expect(received[1]).toMatchObject({
      method: 'GET',
      path: '/done',
      body: '',
      headers: { Accept: 'text/html' },
    })
    expect(received[1]!.headers).not.toHaveProperty('Content-Type')
    expect(received[1]!.headers).not.toHaveProperty('Content-Length')
  })

  test('to another origin take no credentials, cookies, secrets or Host along', async () => {
    const other = await serve((_, response) => response.writeHead(401).end())
    const { url, received } = await serve((_, response) =>
      response.writeHead(307, { Location: `${other.url}/x` }).end(),
    )
    const headers = {
      Cookie: 'id=1',
      Host: 'shop.example',
      'X-Key': 'env:KEY',
      'X-Plain': 'stays',
      'Proxy-Authorization': 'Basic x',
    }
    const context = testContext({ secret: async (text) => (text === 'env:KEY' ? 'k3y' : text) })
    expect(await probe({ url, headers, username: 'u', password: 'p' }, context)).toMatchObject({
      online: false,
      reason: 'status',
      detail: `redirected to ${other.url}: the answer was 401, expected 2xx; credentials are not sent to another origin`,
    })
    expect(received[0]!.headers).toMatchObject({ ...headers, 'X-Key': 'k3y', Authorization: 'Basic dTpw' })
    expect(other.received[0]!.headers).toEqual({
      Host: `127.0.0.1:${other.port}`,
      'X-Plain': 'stays',
      'User-Agent': expect.any(String),
      Accept: '*/*',
      'Accept-Encoding': 'identity',
      Connection: 'close',
    })
  })

  test('within the origin keep credentials and Host', async () => {
    const { url, received } = await serve(({ url }, response) =>
      url === '/' ? response.writeHead(301, { Location: '/in' }).end() : response.end(),
    )
    await probe({ url, bearer: 't', headers: { Host: 'shop.example' } })
    expect(received[1]!.headers).toMatchObject({ Authorization: 'Bearer t', Host: 'shop.example' })
  })

  test('to a forbidden address end there, and say so', async () => {
    const { url } = await serve((_, response) =>
      response.writeHead(302, { Location: 'http://169.254.169.254/latest/meta-data/' }).end(),
    )
    const finding = await probe({ url }, onlyLoopbackAllowed())
    expect(finding).toMatchObject({ online: false, reason: 'forbidden' })
    expect((finding as { detail: string }).detail).toMatch(
      /^redirected: 169\.254\.169\.254 is the metadata address of the cloud/,
    )
  })

  test('to a closed port, a name that does not exist and a broken Location are told apart', async () => {
    const { url } = await serve(({ url }, response) =>
      response.writeHead(302, { Location: decodeURIComponent(url!.slice(1)) }).end(),
    )
    const to = (location: string) => probe({ url: `${url}/${encodeURIComponent(location)}` })
    expect(await to('http://nobody.invalid/')).toMatchObject({
      reason: 'dns',
      detail: 'redirected: the name nobody.invalid does not exist',
    })
    expect(await to('http://127.0.0.1:1/')).toMatchObject({
      reason: 'refused',
      detail: 'redirected: 127.0.0.1:1 refused the connection',
    })
    expect(await to('gopher://x')).toMatchObject({
      reason: 'redirect',
      detail: 'redirected to a URL that is neither http nor https',
    })
  })
})
