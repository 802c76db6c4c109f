import { drainMicrotasks } from './microtasks.ts'
import { hash, type Random } from './random.ts'

/** Virtual time, and everything that is to happen in it. */
export interface Loop {
  /** Epoch milliseconds. */
  now(): number
  /**
   * Does something after `delayMs` of virtual time. Of two things at one moment the seed chooses the first.
   *
   * @param code what kind of thing it is, for the trace's hash.
   * @returns how to cancel it.
   */
  after(delayMs: number, code: number, act: () => void): () => void
  /** Plays everything up to a moment (epoch ms), or until `stop`. */
  playUntil(ms: number): void
  /** Ends `playUntil` after the present event. */
  stop(): void
  readonly events: number
  /** Of everything that has happened: two runs of one seed have the same. */
  readonly hash: number
}

interface Happening {
  readonly ms: number
  readonly order: number
  readonly code: number
  act: (() => void) | undefined
}

export function createLoop(startMs: number, random: Random): Loop {
  const heap: Happening[] = []
  let nowMs = startMs
  let events = 0
  let traceHash = 0
  let stopped = false

  function push(happening: Happening): void {
    let index = heap.length
    heap.push(happening)
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isEarlier(happening, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = happening
  }

  function pop(): Happening {
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isEarlier(heap[child + 1]!, heap[child]!)) child++
      if (!isEarlier(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
    return first
  }

  return {
    now: () => nowMs,
    after(delayMs, code, act) {
      const happening: Happening = { ms: nowMs + Math.max(0, delayMs), order: random.next(), code, act }
      push(happening)
      return () => {
        happening.act = undefined
      }
    },
    playUntil(ms) {
      stopped = false
      drainMicrotasks()
      while (!stopped && heap.length > 0 && heap[0]!.ms <= ms) {
        const { ms: dueMs, code, act } = pop()
        if (act === undefined) continue
        nowMs = dueMs
        events++
        traceHash = hash(hash(traceHash, code), Math.round(dueMs * 1000))
        act()
        drainMicrotasks()
      }
      if (!stopped) nowMs = Math.max(nowMs, ms)
    },
    stop() {
      stopped = true
    },
    get events() {
      return events
    },
    get hash() {
      return traceHash
    },
  }
}

function isEarlier(one: Happening, other: Happening): boolean {
  return one.ms < other.ms || (one.ms === other.ms && one.order < other.order)
}
