import type { Store } from '../store/store.ts'

/** Where plans are read from. */
export type PlanSource = Pick<Store, 'currentPlan' | 'document'>

/**
 * The plans of several homes as one: every home has the same, so whichever answers will do. The one that
 * answered last is asked first, since a home that is away costs all the patience of a call.
 *
 * @param homes in the order in which they are asked, at least one.
 * @returns a source that fails with the first home's error when none answers.
 */
export function anyHome(homes: readonly PlanSource[]): PlanSource {
  let preferred = 0

  async function ask<T>(read: (home: PlanSource) => Promise<T>): Promise<T> {
    const start = preferred
    let failure: unknown
    for (let offset = 0; offset < homes.length; offset++) {
      const index = (start + offset) % homes.length
      try {
        const answer = await read(homes[index]!)
        preferred = index
        return answer
      } catch (error) {
        if (offset === 0) failure = error
      }
    }
    throw failure
  }

  return {
    currentPlan: () => ask((home) => home.currentPlan()),
    document: (version, part) => ask((home) => home.document(version, part)),
  }
}
