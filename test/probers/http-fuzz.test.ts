import type { Socket } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reasons } from '../../shared/check.ts'
import { http } from '../../shared/probers/http/http.ts'
import { httpSchema } from '../../shared/probers/http/schema.ts'
import { testContext } from '../fixtures/context.ts'
import { start, type TestServer } from '../fixtures/servers.ts'

let server: TestServer
let pieces: readonly Uint8Array[] = []
let ending: 'end' | 'reset' = 'end'

beforeAll(async () => {
  server = await start((socket) => socket.once('data', () => void answer(socket)))
})

afterAll(() => server.close())

async function answer(socket: Socket): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return
    // One by one, so that the parser gets them in pieces.
    await new Promise((resolve) => socket.write(piece, resolve))
  }
  if (ending === 'end') socket.end()
  else socket.resetAndDestroy()
}

const token = fc.constantFrom('Content-Length', 'Transfer-Encoding', 'Content-Encoding', 'Location', 'X', '')
const value = fc.oneof(
  fc.constantFrom(
    '0',
    '5',
    '-1',
    '99999999999999999999',
    'chunked',
    'gzip',
    'gzip, chunked',
    '/',
    'http://[',
    '\x00',
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 20 }),
)
const line = fc.tuple(token, fc.constantFrom(': ', ':', ' : ', ''), value).map((parts) => parts.join(''))
const end = fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r', '')
const statusLine = fc
  .tuple(
    fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2', 'HTTP/1.1 ', 'ICE/1.0', ''),
    fc.constantFrom(' 200', ' 302', ' 103', ' 101', ' 204', ' 999', ' -1', ' 20', ''),
    fc.constantFrom(' OK', '', ' \x00'),
  )
  .map((parts) => parts.join(''))

/** Nearly valid heads, which get furthest. */
const nearly = fc
  .tuple(statusLine, fc.array(line, { maxLength: 6 }), end, fc.uint8Array({ maxLength: 40 }))
  .map(([status, headers, lineEnd, body]) =>
    Buffer.concat([Buffer.from([status, ...headers, '', ''].join(lineEnd || '\r\n'), 'latin1'), body]),
  )

/** Valid heads, except for the value of one relevant header. */
const redirecting = value.map((to) => Buffer.from(`HTTP/1.1 302 Found\r\nLocation: ${to}\r\n\r\n`, 'latin1'))
const encoded = fc
  .tuple(fc.constantFrom('gzip', 'deflate', 'br', 'zstd', 'identity'), fc.uint8Array({ maxLength: 100 }))
  .map(([encoding, body]) =>
    Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\n\r\n`), body]),
  )

const message = fc.oneof(
  { weight: 6, arbitrary: nearly },
  { weight: 2, arbitrary: redirecting },
  { weight: 2, arbitrary: encoded },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
)

test('whatever a server sends, a probe ends with a finding in one plain line', async () => {
  const target = httpSchema.parse({
    url: `http://${server.address}/`,
    expect: { body: { not_contains: 'x' } },
  })
  const outcomes = new Set<string>()
  const split = fc.array(fc.nat(), { maxLength: 3 })
  const property = fc.asyncProperty(
    message,
    split,
    fc.constantFrom('end', 'reset'),
    async (bytes, cuts, how) => {
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
      pieces = at.slice(1).map((to, index) => bytes.subarray(at[index], to))
      ending = how as typeof ending
      const finding = await http.probe(target, testContext({ timeoutMs: 10_000 }))
      outcomes.add(finding.online ? 'online' : finding.reason)
      if (finding.online) return
      expect(reasons).toContain(finding.reason)
      expect(finding.reason).not.toBe('timeout')
      expect(finding.detail).toMatch(/^[\x20-\x7e…]+$/)
      expect(Buffer.byteLength(finding.detail)).toBeLessThanOrEqual(120)
    },
  )
  await fc.assert(property, { numRuns: 500 })
  // The heads are valid enough to reach every outcome.
  for (const outcome of ['online', 'protocol', 'reset', 'redirect']) expect(outcomes).toContain(outcome)
})
