import type { PlanVersion, VoterName } from '../check.ts'
import type { PlanEntry } from './plan.ts'
import type { PlanReader } from './reader.ts'
import { entryAt } from './schedule.ts'

/** Told once when the home is lost, and once when it is back. */
export interface Reachability {
  onLost(error: unknown): void
  onFound(): void
}

/**
 * Goes on with the plans that are known while the home cannot be reached, and never waits for it once it
 * knows some. A plan is known when all that the voter needs of it has been read: one that is announced but
 * cannot be read whole must not stop the one in force. A ballot under a plan that has been replaced meanwhile
 * is no danger: it counts as an abstention.
 */
export function steadyPlans(
  plans: PlanReader,
  voter: VoterName,
  { onLost, onFound }: Reachability,
): PlanReader {
  let known: readonly PlanEntry[] | undefined
  let reading: Promise<readonly PlanEntry[]> | undefined
  let lost = false

  const read = async () => {
    try {
      const announced = await plans.entries()
      const fresh = announced.filter(({ version }) => !known?.some((entry) => entry.version === version))
      await Promise.all(fresh.map(({ version }) => readWhole(version)))
      known = announced
      if (lost) onFound()
      lost = false
      return known
    } catch (error) {
      if (!lost) onLost(error)
      lost = true
      throw error
    } finally {
      reading = undefined
    }
  }
  const readWhole = async (version: PlanVersion) => {
    const { shards } = await plans.index(version)
    const own = shards.filter(({ voters }) => voters.includes(voter))
    await Promise.all(own.map(({ shard }) => plans.shard(version, shard)))
  }
  const entries = async () => {
    reading ??= read()
    if (known === undefined) return reading
    // Whoever is lost has been told so.
    reading.catch(() => {})
    return known
  }
  return { ...plans, entries, entryAt: async (tick) => entryAt(await entries(), tick) }
}
