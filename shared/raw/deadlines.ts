import { maxWaitMs } from './sockets.ts'

/** Resolution of the wheel: a deadline is noticed at most this late. */
export const stepMs = 25
const buckets = 4096

/** The deadlines of slots. Everything but `expire` takes constant time. */
export interface Deadlines {
  readonly size: number
  add(slot: number, atMs: number, nowMs: number): void
  remove(slot: number): void
  /** Removes every slot whose deadline has passed. */
  expire(nowMs: number, onExpired: (slot: number) => void): void
}

/**
 * A timer wheel: a ring of buckets, one per step, each a linked list of the slots due in it. The ring is longer (102 s)
 * than any wait.
 */
export function createDeadlines(slots: number): Deadlines {
  const none = -1
  const heads = new Int32Array(buckets).fill(none)
  const next = new Int32Array(slots)
  const previous = new Int32Array(slots)
  /** The step in which each slot is due; −1 if it is not waiting. */
  const due = new Float64Array(slots).fill(none)
  let size = 0
  let expired = 0

  const remove = (slot: number) => {
    if (due[slot] === none) return
    const [before, after] = [previous[slot]!, next[slot]!]
    if (before === none) heads[due[slot]! % buckets] = after
    else next[before] = after
    if (after !== none) previous[after] = before
    due[slot] = none
    size--
  }

  return {
    get size() {
      return size
    },
    add(slot, atMs, nowMs) {
      if (size === 0) expired = Math.floor(nowMs / stepMs)
      // Never early, and never in a bucket that has been processed already.
      const step = Math.max(Math.ceil(Math.min(atMs, nowMs + maxWaitMs) / stepMs), expired + 1)
      const head = heads[step % buckets]!
      due[slot] = step
      previous[slot] = none
      next[slot] = head
      if (head !== none) previous[head] = slot
      heads[step % buckets] = slot
      size++
    },
    remove,
    expire(nowMs, onExpired) {
      const now = Math.floor(nowMs / stepMs)
      // One round covers every bucket, however long this process was stalled.
      const from = Math.max(expired + 1, now - buckets + 1)
      expired = Math.max(expired, now)
      const overdue: number[] = []
      for (let step = from; step <= now; step++) {
        for (let slot = heads[step % buckets]!; slot !== none; slot = next[slot]!) {
          if (due[slot]! <= now) overdue.push(slot)
        }
      }
      for (const slot of overdue) {
        // An earlier `onExpired` may have removed this slot.
        if (due[slot] === none) continue
        remove(slot)
        onExpired(slot)
      }
    },
  }
}
