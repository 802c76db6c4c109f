/** Tracks invocations in progress, so that the local cloud can wait for them. */
export function trackInFlight(onError: (error: unknown) => void) {
  const pending = new Set<Promise<void>>()
  const tails = new Map<string, Promise<void>>()

  function run(act: () => Promise<unknown>): Promise<void> {
    const invocation = act()
      .then(() => {}, onError)
      .finally(() => pending.delete(invocation))
    pending.add(invocation)
    return invocation
  }

  function inOrder(key: string, act: () => Promise<unknown>): Promise<void> {
    const before = tails.get(key)
    const tail = run(async () => {
      await before
      await act()
    })
    tails.set(key, tail)
    void tail.finally(() => {
      if (tails.get(key) === tail) tails.delete(key)
    })
    return tail
  }

  return {
    run(act: () => Promise<unknown>): void {
      void run(act)
    },

    /** Runs actions with the same key one after the other, as a stream does with the records of one item. */
    inOrder(key: string, act: () => Promise<unknown>): void {
      void inOrder(key, act)
    },

    /** Runs `act` after all actions that `inOrder` and `afterwards` have queued so far. Resolves when it has run. */
    afterwards(act: () => void): Promise<void> {
      const before = [...tails.values()]
      return inOrder('', async () => {
        await Promise.all(before)
        act()
      })
    },

    /** Resolves when nothing is running any more, including actions started in the meantime. */
    async idle(): Promise<void> {
      while (pending.size > 0) await Promise.all(pending)
    },
  }
}
