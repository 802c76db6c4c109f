import type { PlanStore } from './plan-store.ts'

/** The reading half of `PlanStore`. */
export type PlanSource = Pick<PlanStore, 'currentPlan' | 'document'>

/**
 * Reads plans from any of several homes, since all have the same. The home that answered last is asked first, because
 * an unreachable one costs a whole timeout. A home may lack what the others have: an apply reaches one after the
 * other, and a new home has no plan yet.
 *
 * @param homes in the order in which they are asked, at least one.
 * @returns a source in which something is absent only if every home says so. If none has it and some could not be
 *   read, it fails with the first of those errors.
 */
export function anyHome(homes: readonly PlanSource[]): PlanSource {
  let preferred = 0

  async function ask<T>(read: (home: PlanSource) => Promise<T>, isFound: (answer: T) => boolean): Promise<T> {
    const start = preferred
    const lacking: T[] = []
    const failures: unknown[] = []
    for (let offset = 0; offset < homes.length; offset++) {
      const index = (start + offset) % homes.length
      try {
        const answer = await read(homes[index]!)
        if (isFound(answer)) {
          preferred = index
          return answer
        }
        lacking.push(answer)
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
    return lacking[0]!
  }

  return {
    currentPlan: () =>
      ask(
        (home) => home.currentPlan(),
        ({ entries }) => entries.length > 0,
      ),
    document: (version, part) =>
      ask(
        (home) => home.document(version, part),
        (json) => json !== undefined,
      ),
  }
}
