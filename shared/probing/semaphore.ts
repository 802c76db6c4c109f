import type { Clock } from '../clock.ts'

/** A place among those that go on at the same time. */
export interface Permit {
  /** Monotonic milliseconds at which it is given to the next, whether it was left or not. */
  readonly untilMs: number
}

/** A queue for a bounded number of places. */
export interface Semaphore {
  /** Resolves when there is a place, in the order of asking. */
  acquire(): Promise<Permit>
  release(place: Permit): void
  /** Gives up the timer; whoever still waits waits for `leave` alone. */
  stop(): void
}

/**
 * `count` places, each held for at most `heldMs`. One timer does for all of them: they are held for the same
 * time, so whoever took one first loses it first.
 */
export function createSemaphore(clock: Clock, count: number, heldMs: number): Semaphore {
  const held = new Set<Permit>()
  const waiting: ((place: Permit) => void)[] = []
  let cancelTimer: (() => void) | undefined

  function hold(): Permit {
    const place = { untilMs: clock.monotonic() + heldMs }
    held.add(place)
    cancelTimer ??= clock.timer(heldMs, onTime)
    return place
  }

  function leave(place: Permit): void {
    // One whose time is over was given away already.
    if (held.delete(place)) waiting.shift()?.(hold())
  }

  function onTime(): void {
    const nowMs = clock.monotonic()
    for (const place of held) {
      if (place.untilMs > nowMs) break
      leave(place)
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
    release: leave,
    stop: () => cancelTimer?.(),
  }
}
