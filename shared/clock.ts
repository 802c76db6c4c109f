/**
 * Time as a dependency. The real clock is in `functions/runtime/clock.ts`; tests pass one they move by hand.
 */
export interface Clock {
  /** Wall time in epoch milliseconds: for ticks, deadlines and leases. */
  now(): number
  /** Milliseconds since an arbitrary start, without jumps: for latencies. */
  monotonic(): number
  /** Calls `callback` once after `delayMs`; the returned function cancels it. */
  timer(delayMs: number, callback: () => void): () => void
}

/** Resolves after `delayMs`; rejects with the signal's reason if the signal aborts first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const onAbort = () => {
      cancel()
      reject(signal?.reason)
    }
    const cancel = clock.timer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
