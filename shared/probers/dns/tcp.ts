import type { Socket } from 'node:net'
import type { Lifetime } from '../../lifetime.ts'
import { TargetError } from '../../network/fault.ts'
import { reset } from '../../network/reset.ts'
import { mismatch } from './message.ts'

/**
 * Sends the query over an open connection, reads one framed reply and closes the connection. The reply is at most
 * 64 KB, because its length has two bytes (RFC 7766 §8). Rejects with the lifetime's reason, the socket's error or a
 * `TargetError` (`protocol`).
 */
export async function askOverTcp(
  query: Buffer,
  socket: Socket,
  peer: string,
  lifetime: Lifetime,
): Promise<Buffer> {
  lifetime.onEnd(() => socket.destroy(lifetime.reason))
  try {
    lifetime.throwIfOver()
    // Length and query in one segment, as RFC 7766 §8 asks.
    socket.write(Buffer.concat([Buffer.from([query.length >> 8, query.length & 0xff]), query]))
    const reply = await readFrame(socket, peer)
    const problem = mismatch(query, reply)
    if (problem === undefined) return reply
    throw new TargetError('protocol', `${peer} did not answer our query over TCP (${problem})`)
  } finally {
    reset(socket)
  }
}

/** Reads the first message of the stream, in any number of chunks. Anything after it is ignored. */
function readFrame(socket: Socket, peer: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let received = 0
    let expected = Number.POSITIVE_INFINITY
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      received += chunk.length
      if (expected === Number.POSITIVE_INFINITY && received >= 2) {
        expected = 2 + Buffer.concat(chunks).readUInt16BE(0)
      }
      if (received >= expected) resolve(Buffer.concat(chunks).subarray(2, expected))
    })
    socket.on('end', () => {
      const when = received === 0 ? 'without an answer' : 'in the middle of its answer'
      reject(new TargetError('protocol', `${peer} closed the connection ${when}`))
    })
    socket.on('error', reject)
  })
}
