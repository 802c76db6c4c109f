import type { Clock } from '../clock.ts'
import type { Address } from '../network/address.ts'
import { connectAnswer } from './errno-answer.ts'
import { SystemCallError } from './libc.ts'
import { createSendQueue } from './send-queue.ts'
import type { Method, RawSockets, SynAnswer } from './sockets.ts'

/** The destination of a connection, and the source address to bind, if any. */
export interface Way {
  readonly to: Address
  readonly port: number
  readonly from: string | undefined
}

/**
 * Starts a connection. Calls `onEnd` once, after returning: with undefined when the connection was established, or with
 * the system's error code or our own failure. Returns a function that abandons the connection and does nothing after
 * `onEnd`. Throws a `SystemCallError` if the system refuses at once.
 */
export type Connect = (way: Way, onEnd: (why: string | undefined | Error) => void) => () => void

export interface ByConnecting {
  readonly method: Method
  /** Maximum connections at once: each takes a file descriptor, and the process needs some for other things. */
  readonly atOnce: number
  readonly connect: Connect
}

/**
 * Maximum connections started per turn of the event loop, so that established ones are reset soon and not after a
 * thousand others were started.
 */
const perTurn = 64

/** Half-open probes through connections of the system, each reset as soon as it is established. */
export function openByConnecting(clock: Clock, { method, atOnce, connect }: ByConnecting): RawSockets {
  const queue = createSendQueue(clock, { atOnce, perTurn })
  const unanswered = new Set<(error: Error) => void>()
  let closed = false

  const shake: RawSockets['shake'] = (to, port, { timeoutMs, lifetime, from, onSent }) =>
    new Promise<SynAnswer>((resolve, reject) => {
      lifetime?.throwIfOver()
      if (closed) throw wasClosed()
      let stop: (() => void) | undefined
      /** Returns false if the probe has ended before. */
      const end = (): boolean => {
        if (!unanswered.delete(fail)) return false
        stop?.()
        if (stop === undefined) queue.giveUp(begin)
        else queue.leave()
        return true
      }
      const settle = (answer: SynAnswer) => {
        if (end()) resolve(answer)
      }
      const fail = (error: Error) => {
        if (end()) reject(error)
      }
      const begin = () => {
        const startMs = clock.monotonic()
        const onEnd = (why: string | undefined | Error) => {
          if (why instanceof Error) return fail(why)
          const answer = connectAnswer(why, Math.round((clock.monotonic() - startMs) * 1e3))
          if (answer === undefined) fail(new SystemCallError(why!, 'connect'))
          else settle(answer)
        }
        const cancelTimer = clock.timer(timeoutMs, () => settle({ answer: 'silent' }))
        stop = cancelTimer
        try {
          const giveUp = connect({ to, port, from }, onEnd)
          stop = () => {
            cancelTimer()
            giveUp()
          }
          onSent?.()
        } catch (error) {
          // Loopback refuses before the call returns. Any other immediate error is not from the target.
          const isRefused = error instanceof SystemCallError && error.code === 'ECONNREFUSED'
          onEnd(isRefused ? error.code : (error as Error))
        }
      }
      unanswered.add(fail)
      queue.join(begin)
      lifetime?.onEnd(() => fail(lifetime.reason!))
    })

  return {
    method,
    atOnce,
    shake,
    close() {
      closed = true
      queue.close()
      for (const fail of unanswered) fail(wasClosed())
    },
  }
}

const wasClosed = () => new Error('the sockets of this voter were closed')
