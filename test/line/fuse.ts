import { type Publish, PublishError } from '../../shared/alerts/publish.ts'
import type { Store } from '../../shared/store/store.ts'

/** The process was stopped here, as by a power failure. */
export class Stopped extends Error {}

/**
 * What happens at the chosen operation. `stopped before`, `stopped after`: the process ends before or right after it.
 * `unanswered`: it is done, but its answer is lost and the process goes on.
 */
export type Mishap = 'stopped before' | 'stopped after' | 'unanswered'

export interface Fuse {
  readonly at: number
  readonly mishap: Mishap
  /** Whether the chosen operation was reached. */
  readonly isBlown: boolean
  /** The operations done so far, for error messages. */
  readonly operations: readonly string[]
  store(store: Store): Store
  publish(publish: Publish): Publish
}

/** The operations with effects outside the process; nothing between them has any. */
const writes = ['putState', 'putSent', 'putTold', 'putDeadLetter', 'putEvent', 'putStatus'] as const
const conditional: ReadonlySet<string> = new Set(['putState', 'putSent', 'putTold', 'putStatus'])
const reads = ['ballots', 'state', 'sent', 'currentPlan', 'document'] as const

/** Applies a mishap to the `at`-th operation with an effect, counted from 1. */
export function createFuse(at: number, mishap: Mishap): Fuse {
  const operations: string[] = []
  let isBlown = false
  let isStopped = false

  function alive(): void {
    if (isStopped) throw new Stopped()
  }

  async function guard<T>(name: string, act: () => Promise<T>, unanswered: () => T): Promise<T> {
    alive()
    operations.push(name)
    if (operations.length !== at) return act()
    isBlown = true
    isStopped = mishap !== 'unanswered'
    if (mishap !== 'stopped before') await act()
    alive()
    return unanswered()
  }

  return {
    at,
    mishap,
    get isBlown() {
      return isBlown
    },
    operations,
    store(store) {
      const fused: Record<string, unknown> = { ...store }
      for (const name of reads) {
        fused[name] = async (...args: never[]) => {
          alive()
          return (store[name] as (...args: never[]) => Promise<unknown>)(...args)
        }
      }
      for (const name of writes) {
        const act = store[name] as (...args: never[]) => Promise<unknown>
        fused[name] = (...args: never[]) =>
          guard(
            name,
            () => act(...args),
            () => {
              // The client retries and finds its own write.
              if (conditional.has(name)) return name === 'putStatus' ? 'written' : 'conflict'
              throw new Error('the answer got lost')
            },
          )
      }
      return fused as unknown as Store
    },
    publish: (publish) => (contact, message) =>
      guard(
        `publish to ${contact}`,
        () => publish(contact, message),
        () => {
          throw new PublishError(new Error('the answer got lost'))
        },
      ),
  }
}
