import { connect } from 'node:net'
import type { Clock } from '../clock.ts'
import { reset } from '../network/reset.ts'
import { connectAnswer } from './errno-answer.ts'
import type { RawSockets, SynAnswer } from './sockets.ts'

/**
 * What is left where neither raw sockets nor Linux's own options exist: a whole connection, reset at once.
 * The service behind the port does see it.
 */
export function openConnecting(clock: Clock): RawSockets {
  return {
    method: 'connect',
    shake: ({ address, family }, port, { timeoutMs, lifetime }) =>
      new Promise<SynAnswer>((resolve, reject) => {
        lifetime?.throwIfOver()
        const startMs = clock.monotonic()
        const socket = connect({ host: address, port, family })
        const sinceUs = () => Math.round((clock.monotonic() - startMs) * 1e3)
        const cancelTimer = clock.timer(timeoutMs, () => {
          socket.destroy()
          resolve({ answer: 'silent' })
        })
        socket.once('connect', () => {
          resolve({ answer: 'open', rttUs: sinceUs() })
          reset(socket)
        })
        socket.on('error', (error: NodeJS.ErrnoException) => {
          const answer = connectAnswer(error.code ?? 'EIO', sinceUs())
          if (answer === undefined) reject(error)
          else resolve(answer)
        })
        socket.once('close', cancelTimer)
        lifetime?.onEnd(() => {
          socket.destroy()
          reject(lifetime.reason)
        })
      }),
    close() {},
  }
}
