import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Authority, createRoot, type Identity } from '../../functions/dev/demo/certificates.ts'
import { http } from '../../shared/probers/http/http.ts'
import { httpSchema } from '../../shared/probers/http/schema.ts'
import type { Finding } from '../../shared/probers/prober.ts'
import { testContext } from '../fixtures/context.ts'
import { selfSigned } from '../fixtures/self-signed.ts'
import { listen, silent } from '../fixtures/servers.ts'

let root: Authority
let intermediate: Authority
let good: Identity
let client: Identity

beforeAll(async () => {
  root = await createRoot('Test root')
  intermediate = await root.authority('Test intermediate')
  good = await root.issue(['localhost', 'shop.example', '127.0.0.1'])
  client = await root.issue(['client'])
})

/** What a server received from a client. */
interface Seen {
  readonly servername: string | false | null
  readonly alpn: string | false | null
  readonly client: string | undefined
  readonly host: string | undefined
}

async function serve(options: ServerOptions, location?: string) {
  const seen: Seen[] = []
  const server = createServer(options, (request, response) => {
    const socket = request.socket as TLSSocket
    const { subject } = socket.getPeerCertificate()
    seen.push({
      servername: (socket as unknown as { servername: string | false }).servername,
      alpn: socket.alpnProtocol,
      client: subject?.CN as string | undefined,
      host: request.headers.host,
    })
    if (location === undefined) response.end('Welcome')
    else response.writeHead(302, { Location: location }).end()
  })
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `https://localhost:${port}/`, port, seen }
}

function probe(options: object, secret = async (text: string) => text): Promise<Finding> {
  return http.probe(httpSchema.parse(options), testContext({ secret }))
}

test('a certificate of a trusted authority is online, with a time for the handshake', async () => {
  const { url, seen, port } = await serve(good)
  expect(await probe({ url, ca: root.pem, expect: 'Welcome' })).toEqual({
    online: true,
    phases: {
      dns: expect.any(Number),
      connect: expect.any(Number),
      tls: expect.any(Number),
      firstByte: expect.any(Number),
      transfer: expect.any(Number),
    },
  })
  expect(seen).toEqual([
    { servername: 'localhost', alpn: 'http/1.1', client: undefined, host: `localhost:${port}` },
  ])
})

test('an IP address is looked for in the certificate, too', async () => {
  const { port } = await serve(good)
  expect(await probe({ url: `https://127.0.0.1:${port}/`, ca: root.pem })).toMatchObject({ online: true })
})

describe('a bad certificate is offline with its own sentence', () => {
  test.each<[string, () => Promise<Identity>, string, string]>([
    ['expired', () => root.issue(['localhost'], { fromDays: -9, untilDays: -1 }), 'expired', 'has expired'],
    ['not yet valid', () => root.issue(['localhost'], { fromDays: 1 }), 'tls', 'is not valid yet'],
    ['self-signed', () => selfSigned(['localhost']), 'tls', 'is self-signed'],
    ['of another host', () => root.issue(['other.example']), 'tls', 'is for another host'],
  ])('%s', async (_, identity, reason, words) => {
    const { url } = await serve(await identity())
    const finding = await probe({ url, ca: root.pem })
    expect(finding).toMatchObject({ online: false, reason, detail: expect.stringContaining(words) })
    expect(await probe({ url, verify: false })).toMatchObject({ online: true })
  })

  test('without the intermediate that issued it', async () => {
    const leaf = await intermediate.issue(['localhost'])
    const { url } = await serve(leaf)
    expect(await probe({ url, ca: root.pem })).toMatchObject({
      online: false,
      reason: 'tls',
      detail: expect.stringContaining('does not send the issuer of its certificate'),
    })
    const whole = await serve({ ...leaf, cert: leaf.cert + intermediate.pem })
    expect(await probe({ url: whole.url, ca: root.pem })).toMatchObject({ online: true })
  })

  test('of an authority that nobody knows', async () => {
    const { url } = await serve(good)
    expect(await probe({ url })).toMatchObject({ online: false, reason: 'tls' })
  })
})

test('the server name can differ from the URL', async () => {
  const { port, seen } = await serve(good)
  const url = `https://127.0.0.1:${port}/`
  expect(await probe({ url, ca: root.pem, servername: 'shop.example' })).toMatchObject({ online: true })
  expect(await probe({ url, ca: root.pem, servername: 'other.example' })).toMatchObject({ reason: 'tls' })
  expect(seen.map(({ servername }) => servername)).toEqual(['shop.example'])
})

test('a client certificate is shown, its key read as a secret', async () => {
  // With TLS 1.3 a refusal comes after the handshake, and the connection may close before it arrives.
  const strict = { requestCert: true, rejectUnauthorized: true, maxVersion: 'TLSv1.2' } as const
  const { url, seen } = await serve({ ...good, ca: root.pem, ...strict })
  const keys = async (text: string) => (text === 'ssm:/key' ? client.key : text)
  const { cert } = client
  expect(await probe({ url, ca: root.pem, cert, key: 'ssm:/key' }, keys)).toMatchObject({ online: true })
  expect(seen[0]!.client).toBe('client')
  expect(await probe({ url, ca: root.pem })).toMatchObject({ online: false, reason: 'tls' })
})

test('a key that does not fit its certificate is our failure', async () => {
  const { url } = await serve(good)
  const wrong = probe({ url, ca: root.pem, cert: client.cert, key: 'ssm:/key' }, async () => good.key)
  await expect(wrong).rejects.toThrow('key values mismatch')
})

test('server name and client certificate do not follow a redirect to another origin', async () => {
  const other = await serve({ ...good, ca: root.pem, requestCert: true, rejectUnauthorized: false })
  const first = await serve(
    { ...good, ca: root.pem, requestCert: true, rejectUnauthorized: false },
    other.url,
  )
  const { cert } = client
  const options = { ca: root.pem, cert, key: 'ssm:/key', servername: 'shop.example' }
  expect(await probe({ url: first.url, ...options }, async () => client.key)).toMatchObject({ online: true })
  expect(first.seen[0]).toMatchObject({ servername: 'shop.example', client: 'client' })
  expect(other.seen[0]).toMatchObject({ servername: 'localhost', client: undefined })
})

test('an expired certificate behind a redirect is expired, too', async () => {
  const expired = await serve(await root.issue(['localhost'], { fromDays: -9, untilDays: -1 }))
  const first = await serve(good, expired.url)
  expect(await probe({ url: first.url, ca: root.pem })).toMatchObject({
    online: false,
    reason: 'expired',
    detail: expect.stringMatching(/^redirected: .* has expired$/),
  })
})

test('a redirect from https to http is followed', async () => {
  const plain = await listen((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nWelcome'))
  })
  const { url } = await serve(good, `http://${plain.address}/`)
  expect(await probe({ url, ca: root.pem, expect: 'Welcome' })).toMatchObject({ online: true })
})

test('https to a server that speaks plain http, and http to one that speaks TLS', async () => {
  const plain = await listen((socket) => {
    socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  })
  expect(await probe({ url: `https://${plain.address}/` })).toMatchObject({
    reason: 'tls',
    detail: `${plain.address} does not speak TLS`,
  })
  const secure = await listen(silent, { tls: good })
  expect(await probe({ url: `http://${secure.address}/` })).toMatchObject({ online: false })
})
