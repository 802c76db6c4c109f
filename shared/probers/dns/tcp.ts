import type { Socket } from 'node:net'
import { TargetError } from '../prober.ts'
import { mismatch } from './message.ts'

/**
 * Sends the query over an open connection and reads the one framed reply, at most 64 KB as its length has
 * two bytes (RFC 7766 §8). Closes the connection. Rejects with the signal's reason, the socket's error or a
 * `TargetError` (`protocol`).
 */
export function askOverTcp(
  query: Buffer,
  socket: Socket,
  place: string,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise<Buffer>((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const chunks: Buffer[] = []
    let received = 0
    let expected = Number.POSITIVE_INFINITY

    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      received += chunk.length
      if (expected === Number.POSITIVE_INFINITY && received >= 2) {
        expected = 2 + Buffer.concat(chunks).readUInt16BE(0)
      }
      if (received < expected) return
      const reply = Buffer.concat(chunks).subarray(2, expected)
      const problem = mismatch(query, reply)
      if (problem === undefined) resolve(reply)
      else reject(new TargetError('protocol', `${place} did not answer our query over TCP (${problem})`))
    })
    socket.on('end', () => {
      const when = received === 0 ? 'without an answer' : 'in the middle of its answer'
      reject(new TargetError('protocol', `${place} closed the connection ${when}`))
    })
    socket.on('error', reject)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })

    // Length and query in one segment, as RFC 7766 §8 asks.
    const length = Buffer.from([query.length >> 8, query.length & 0xff])
    socket.write(Buffer.concat([length, query]))
    // A reset leaves no TIME_WAIT behind on this side, of which thousands would slow down every connect.
  }).finally(() => socket.resetAndDestroy())
}
