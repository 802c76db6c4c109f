import type { Clock } from '../clock.ts'

/** The right to run concurrently with a bounded number of others. */
export interface Permit {
  /** Monotonic milliseconds at which the permit expires, released or not. */
  readonly untilMs: number
}

/** A semaphore whose permits expire. */
export interface Semaphore {
  /** Resolves with a permit, in the order of the calls. */
  acquire(): Promise<Permit>
  release(permit: Permit): void
  /** Cancels the timer: from then on a permit becomes free only by `release`. */
  stop(): void
}

/**
 * `count` permits, each held for at most `heldMs`. One timer is enough: all are held equally long, so the oldest
 * permit expires first.
 */
export function createSemaphore(clock: Clock, count: number, heldMs: number): Semaphore {
  const held = new Set<Permit>()
  const waiting: ((permit: Permit) => void)[] = []
  let cancelTimer: (() => void) | undefined

  function hold(): Permit {
    const permit = { untilMs: clock.monotonic() + heldMs }
    held.add(permit)
    cancelTimer ??= clock.timer(heldMs, onTime)
    return permit
  }

  function release(permit: Permit): void {
    // An expired permit has been passed on already.
    if (held.delete(permit)) waiting.shift()?.(hold())
  }

  function onTime(): void {
    const nowMs = clock.monotonic()
    for (const permit of held) {
      if (permit.untilMs > nowMs) break
      release(permit)
    }
    const [next] = held
    cancelTimer = next && clock.timer(next.untilMs - nowMs, onTime)
  }

  return {
    acquire: () =>
      held.size < count
        ? Promise.resolve(hold())
        : new Promise((resolve) => {
            waiting.push(resolve)
          }),
    release,
    stop: () => cancelTimer?.(),
  }
}
