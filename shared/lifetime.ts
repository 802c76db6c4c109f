/**
 * The time one probe may take, and what to clean up when it ends. A hook does what an AbortSignal listener
 * would, at a tenth of the cost; the signal itself is created only on demand.
 */
export class Lifetime {
  #hooks: (() => void)[] = []
  #reason: Error | undefined
  #controller: AbortController | undefined

  /** Why the lifetime ended; undefined while it lasts. */
  get reason(): Error | undefined {
    return this.#reason
  }

  /** Aborts, with the reason, when the lifetime ends. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController()
      this.#controller = controller
      this.onEnd(() => controller.abort(this.#reason))
    }
    return this.#controller.signal
  }

  /** Calls `hook` once when the lifetime ends, or immediately if it has ended already. */
  onEnd(hook: () => void): void {
    if (this.#reason === undefined) this.#hooks.push(hook)
    else hook()
  }

  /** Only the first end counts. */
  end(reason: Error): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    const hooks = this.#hooks
    this.#hooks = []
    for (const hook of hooks) hook()
  }

  throwIfOver(): void {
    if (this.#reason !== undefined) throw this.#reason
  }

  /** The promise's outcome, or a rejection with the reason if the lifetime ends first. */
  race<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.onEnd(() => reject(this.#reason))
      promise.then(resolve, reject)
    })
  }

  /** A nested lifetime: it ends with this one at the latest. */
  within(): Lifetime {
    const inner = new Lifetime()
    this.onEnd(() => inner.end(this.#reason!))
    return inner
  }
}
