import type { Clock } from '../clock.ts'

/** Who wants to begin, first come, first served. */
export interface SendQueue {
  /** Calls `begin` as soon as there is room. Whoever has begun must `leave`. */
  join(begin: () => void): void
  /** For one who has not begun. */
  giveUp(begin: () => void): void
  leave(): void
  /** Lets nobody begin any more. */
  close(): void
}

/** The shortest timer there is: the event loop looks at its sockets before it fires. */
const turnMs = 1

export interface SendQueueLimits {
  readonly atOnce: number
  /** So many begin before the event loop turns. */
  readonly perTurn: number
}

export function createSendQueue(clock: Clock, { atOnce, perTurn }: SendQueueLimits): SendQueue {
  const waiting = new Set<() => void>()
  let busy = 0
  let begun = 0
  let cancelTurn: (() => void) | undefined

  const onTurn = () => {
    cancelTurn = undefined
    begun = 0
    advance()
  }
  const advance = () => {
    for (const begin of waiting) {
      if (busy >= atOnce || begun >= perTurn) break
      waiting.delete(begin)
      busy++
      begun++
      cancelTurn ??= clock.timer(turnMs, onTurn)
      begin()
    }
  }
  return {
    join(begin) {
      waiting.add(begin)
      advance()
    },
    giveUp: (begin) => void waiting.delete(begin),
    leave() {
      busy--
      advance()
    },
    close() {
      waiting.clear()
      cancelTurn?.()
    },
  }
}
