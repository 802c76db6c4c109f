import type { Clock } from '../clock.ts'
import type { Address } from '../network/address.ts'
import { connectAnswer } from './errno-answer.ts'
import { SystemCallError } from './libc.ts'
import { createSendQueue } from './send-queue.ts'
import type { Method, RawSockets, SynAnswer } from './sockets.ts'

/** Where a connection goes, and the source address to insist on. */
export interface Way {
  readonly to: Address
  readonly port: number
  readonly from: string | undefined
}

/**
 * Begins a connection, and calls `onEnd` once, not before it has returned, when the connection has stood or has
 * not come about: with the system's word for why, or with our own failure. Returns how to give it up; after the
 * end that does nothing. Throws a `SystemCallError` when the system says no at once.
 */
export type Connect = (way: Way, onEnd: (why: string | undefined | Error) => void) => () => void

export interface ByConnecting {
  readonly method: Method
  /** Each takes a file descriptor, of which a process has so many and needs some for other things. */
  readonly atOnce: number
  readonly connect: Connect
}

/**
 * So many connections begin before the event loop turns: those that were answered meanwhile are to be reset
 * soon, not after a thousand others have begun.
 */
const perTurn = 64

/** Half-open probes through connections of the system, each ended by a reset as soon as it stands. */
export function openByConnecting(clock: Clock, { method, atOnce, connect }: ByConnecting): RawSockets {
  const line = createSendQueue(clock, { atOnce, perTurn })
  const unanswered = new Set<(error: Error) => void>()
  let closed = false

  const shake: RawSockets['shake'] = (to, port, { timeoutMs, lifetime, from, onSent }) =>
    new Promise<SynAnswer>((resolve, reject) => {
      lifetime?.throwIfOver()
      if (closed) throw wasClosed()
      let stop: (() => void) | undefined
      /** False when it has ended before. */
      const end = (): boolean => {
        if (!unanswered.delete(fail)) return false
        stop?.()
        if (stop === undefined) line.giveUp(begin)
        else line.leave()
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
          // Loopback refuses before the call comes back. Whatever else is told at once is not the target's word.
          const isRefused = error instanceof SystemCallError && error.code === 'ECONNREFUSED'
          onEnd(isRefused ? error.code : (error as Error))
        }
      }
      unanswered.add(fail)
      line.join(begin)
      lifetime?.onEnd(() => fail(lifetime.reason!))
    })

  return {
    method,
    atOnce,
    shake,
    close() {
      closed = true
      line.close()
      for (const fail of unanswered) fail(wasClosed())
    },
  }
}

const wasClosed = () => new Error('the sockets of this voter were closed')
