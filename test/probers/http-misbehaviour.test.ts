import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { systemClock } from '../../functions/runtime/clock.ts'
import { createResolver } from '../../shared/network/resolve.ts'
import { http } from '../../shared/probers/http/http.ts'
import { httpSchema } from '../../shared/probers/http/schema.ts'
import type { Finding, ProbeContext } from '../../shared/probers/prober.ts'
import { observe } from '../../shared/probing/observe.ts'
import { testContext } from '../fixtures/context.ts'
import {
  type Behaviour,
  close,
  drip,
  flood,
  garbage,
  listen,
  refusingAddress,
  reset,
  silent,
} from '../fixtures/servers.ts'

/** Waits for the request, sends `text` and calls `then`. */
function answer(text: string | Uint8Array, then: Behaviour = silent): Behaviour {
  return (socket) => {
    socket.once('data', () => {
      if (text.length === 0) then(socket)
      else socket.write(text, () => then(socket))
    })
  }
}

/** Gives the client time to read before the reset discards unread data. */
function resetLater(socket: Socket): void {
  setTimeout(() => socket.resetAndDestroy(), 50)
}

/** The fixture's servers, made to read: a server that does not read does not notice that we closed. */
function serve(behave: Behaviour) {
  return listen((socket) => {
    socket.resume()
    behave(socket)
  })
}

async function probe(behave: Behaviour, options: object = {}): Promise<Finding> {
  const server = await serve(behave)
  const target = httpSchema.parse({ url: `http://${server.address}/`, ...options })
  const finding = await http.probe(target, testContext())
  // Nothing may stay open after any of these.
  await expect.poll(server.open, { interval: 5 }).toBe(0)
  if (finding.online) return finding
  return { ...finding, detail: finding.detail.replaceAll(server.address, 'HOST') }
}

const head = 'HTTP/1.1 200 OK\r\n'

test.each<[string, Behaviour, { reason: string; detail: string }]>([
  ['resets at once', reset, { reason: 'reset', detail: 'HOST reset the connection' }],
  [
    'closes at once',
    close,
    { reason: 'protocol', detail: 'HOST closed the connection without a complete answer' },
  ],
  [
    'closes instead of answering',
    answer('', close),
    { reason: 'protocol', detail: 'HOST closed the connection without a complete answer' },
  ],
  [
    'closes in the middle of the head',
    answer(`${head}Content-Le`, close),
    { reason: 'protocol', detail: 'HOST closed the connection without a complete answer' },
  ],
  [
    'resets instead of answering',
    answer('', reset),
    { reason: 'reset', detail: 'HOST reset the connection' },
  ],
  [
    'closes in the middle of the body',
    answer(`${head}Content-Length: 2048\r\n\r\n${'x'.repeat(512)}`, close),
    { reason: 'protocol', detail: 'the connection was closed after 512 of 2,048 bytes' },
  ],
  [
    'closes in the middle of a chunk',
    answer(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\nabc`, close),
    { reason: 'protocol', detail: 'the connection was closed after 3 bytes of the body' },
  ],
  [
    'resets in the middle of the body',
    answer(`${head}Content-Length: 2048\r\n\r\nx`, resetLater),
    { reason: 'reset', detail: 'HOST reset the connection' },
  ],
  [
    'sends a chunk without a size',
    answer(`${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`),
    { reason: 'protocol', detail: 'the answer is not valid HTTP: Invalid character in chunk size' },
  ],
  [
    'sends a length that is none',
    answer(`${head}Content-Length: many\r\n\r\n`),
    { reason: 'protocol', detail: 'the answer is not valid HTTP: Invalid character in Content-Length' },
  ],
  [
    'sends two different ends of the body',
    answer(`${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
    {
      reason: 'protocol',
      detail: "the answer is not valid HTTP: Transfer-Encoding can't be present with Content-Length",
    },
  ],
  ['sends garbage', garbage, { reason: 'protocol', detail: 'the answer is not HTTP/1.1' }],
  ['speaks SSH', answer('SSH-2.0-x\r\n'), { reason: 'protocol', detail: 'the answer is not HTTP/1.1' }],
  ['floods without speaking HTTP', flood(1e9), { reason: 'protocol', detail: 'the answer is not HTTP/1.1' }],
  [
    'sends one endless header',
    answer(`${head}X: `, flood(1e9)),
    { reason: 'protocol', detail: 'the headers of the answer are larger than 64 KiB' },
  ],
  [
    'sends headers without an end',
    answer(`${head}${'X-Y: z\r\n'.repeat(20_000)}`),
    { reason: 'protocol', detail: 'the headers of the answer are larger than 64 KiB' },
  ],
  [
    'sends interim answers without an end',
    answer('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100)),
    { reason: 'protocol', detail: 'there were more than 16 interim answers (1xx)' },
  ],
  [
    'switches protocols unasked',
    answer('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'),
    { reason: 'protocol', detail: 'HOST closed the connection without a complete answer' },
  ],
])('a server that %s', async (_, behave, expected) => {
  expect(await probe(behave)).toMatchObject({ online: false, ...expected })
})

test('a server that refuses', async () => {
  const { host, port } = await refusingAddress()
  const target = httpSchema.parse({ url: `http://${host}:${port}/` })
  await expect(http.probe(target, testContext())).resolves.toMatchObject({
    online: false,
    reason: 'refused',
    detail: `127.0.0.1:${port} refused the connection`,
  })
})

test.each<[string, Behaviour, object]>([
  [
    'a few interim answers',
    answer(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n${head}\r\nok`, close),
    {},
  ],
  ['a body that ends with the connection', answer(`${head}\r\nWelcome`, close), { expect: 'Welcome' }],
  ['an answer of HTTP/1.0', answer('HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'), { expect: 'ok' }],
  ['a status line without a reason', answer('HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok'), { expect: 'ok' }],
  [
    'trailers',
    answer(`${head}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n`),
    { expect: 'ok' },
  ],
  [
    'more than it said',
    answer(`${head}Content-Length: 2\r\n\r\nok and more`),
    { expect: { body: { regex: '^ok$' } } },
  ],
  ['a connection that stays open', answer(`${head}Content-Length: 2\r\n\r\nok`), { expect: 'ok' }],
  ['40 KB of headers', answer(`${head}${'X-Y: z\r\n'.repeat(5000)}Content-Length: 0\r\n\r\n`), {}],
])('is fine: %s', async (_, behave, options) => {
  expect(await probe(behave, options)).toMatchObject({ online: true })
})

test('a connection that is lost before the request could go out', async () => {
  const server = await serve(silent)
  const target = httpSchema.parse({ url: `http://${server.address}/` })
  const context = testContext()
  const lost: ProbeContext = {
    ...context,
    async dial(options) {
      const connection = await context.dial(options)
      connection.socket.destroy()
      return connection
    },
  }
  await expect(http.probe(target, lost)).resolves.toMatchObject({ online: false, reason: 'protocol' })
})

test('a failure is known from the head alone, however long the body takes', async () => {
  const behave = answer('HTTP/1.1 500 Oops\r\nContent-Length: 1000\r\n\r\n')
  expect(await probe(behave)).toMatchObject({ reason: 'status', detail: 'the answer was 500, expected 2xx' })
  const redirect = answer(
    'HTTP/1.1 302 Found\r\nLocation: http://nobody.invalid/\r\nContent-Length: 9\r\n\r\n',
  )
  expect(await probe(redirect)).toMatchObject({ reason: 'dns' })
})

test('of a body of 1 GB only the first 1 MiB is read', async () => {
  let sentBytes = 0
  const behave: Behaviour = (socket) => {
    socket.on('close', () => {
      sentBytes = socket.bytesWritten
    })
    answer(`${head}Content-Length: 1000000000\r\n\r\nWelcome`, flood(1e9))(socket)
  }
  const note = 'only the first 1 MiB of the body was read'
  expect(await probe(behave)).toMatchObject({ online: true, note })
  expect(await probe(behave, { expect: 'Welcome' })).toMatchObject({ online: true, note })
  expect(await probe(behave, { expect: 'Goodbye' })).toMatchObject({
    reason: 'assertion',
    detail: 'the beginning of the body (1 MiB) does not contain "Goodbye"',
  })
  // Anything above the limit is in the buffers of both sides.
  expect(sentBytes).toBeLessThan(100_000_000)
})

test.each<[string, Behaviour, string]>([
  ['stays silent', silent, 'no answer within 200 ms: stopped while waiting for HOST'],
  [
    'drips its head',
    drip(`${head}Content-Length: 2\r\n\r\nok`, 20),
    'no answer within 200 ms: stopped while waiting for HOST',
  ],
  [
    'stops in the middle of the body',
    answer(`${head}Content-Length: 2048\r\n\r\nabc`),
    'the answer did not end in time, after 3 of 2,048 bytes',
  ],
  [
    'drips its body',
    answer(`${head}\r\nabc`, drip('x'.repeat(100), 20)),
    'the answer did not end in time, after N bytes of the body',
  ],
])('a server that %s is stopped by the timeout, its connection closed', async (_, behave, detail) => {
  const server = await serve(behave)
  const target = httpSchema.parse({ url: `http://${server.address}/` })
  const { vote } = await observe((context) => http.probe(target, context), {
    timeoutMs: 200,
    clock: systemClock,
    resolver: createResolver(),
    allowPrivate: true,
    privateAllowed: true,
    secret: async (text) => text,
    stalledMs: () => 0,
  })
  const said =
    'detail' in vote
      ? vote.detail
          .replace(server.address, 'HOST')
          .replace('127.0.0.1', 'HOST')
          .replace(/\d+ bytes of the/, 'N bytes of the')
      : ''
  expect({ ...vote, detail: said }).toEqual({ vote: 'offline', reason: 'timeout', detail })
  await expect.poll(server.open, { interval: 5 }).toBe(0)
})
