import type { Clock } from '../clock.ts'

/** Starts waiting callers in the order in which they joined. */
export interface SendQueue {
  /** Calls `begin` as soon as there is room; `leave` must follow once. */
  join(begin: () => void): void
  /** Removes a caller that has not begun. */
  giveUp(begin: () => void): void
  leave(): void
  /** Starts no more callers. */
  close(): void
}

/** The shortest timer: the event loop polls its sockets before it fires. */
const turnMs = 1

export interface SendQueueLimits {
  /** Maximum callers between `begin` and `leave`. */
  readonly atOnce: number
  /** Maximum callers started per turn of the event loop. */
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
