import type { PlanVersion, Tick, VoterName } from '../check.ts'
import type { Clock } from '../clock.ts'
import type { PlanEntry } from './plan.ts'
import type { PlanReader } from './reader.ts'
import { entryAt } from './schedule.ts'

/** Told once when the home, or a plan that it has announced, cannot be read, and once when all can be again. */
export interface Reachability {
  onLost(error: unknown): void
  onFound(): void
}

/**
 * Goes on with the plans that are known while the home cannot be reached, and never waits for it once it
 * knows some. A plan is known when all that the voter needs of it has been read: one that is announced but
 * cannot be read whole must not stop the one in force, be that known already or not. A ballot under a plan that
 * has been replaced meanwhile is no danger: it counts as an abstention.
 *
 * @returns a reader whose `entries` are the known ones. While none is known they fail when the plan in force, or
 *   the first where none is yet, cannot be read whole.
 */
export function lastKnownPlans(
  plans: PlanReader,
  voter: VoterName,
  clock: Clock,
  { onLost, onFound }: Reachability,
): PlanReader {
  let known: readonly PlanEntry[] | undefined
  let reading: Promise<readonly PlanEntry[]> | undefined
  let lost = false

  const read = async () => {
    try {
      const announced = await plans.entries()
      const { readable, failure } = await sift(announced)
      const needed = entryAt(announced, Math.floor(clock.now() / 1000) as Tick) ?? announced[0]
      if (needed !== undefined && !readable.includes(needed)) throw failure
      known = readable
      if (failure === undefined) tellFound()
      else tellLost(failure)
      return known
    } catch (error) {
      tellLost(error)
      throw error
    } finally {
      reading = undefined
    }
  }
  const tellFound = () => {
    if (lost) onFound()
    lost = false
  }
  const tellLost = (error: unknown) => {
    if (!lost) onLost(error)
    lost = true
  }
  /** Those of which everything is there, and why the first of the others is not. */
  const sift = async (announced: readonly PlanEntry[]) => {
    const isKnown = ({ version }: PlanEntry) => known?.some((entry) => entry.version === version)
    const outcomes = await Promise.allSettled(
      announced.map(async (entry) => isKnown(entry) || readWhole(entry.version)),
    )
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    return {
      readable: announced.filter((_, index) => outcomes[index]!.status === 'fulfilled'),
      failure: failed?.reason as unknown,
    }
  }
  const readWhole = async (version: PlanVersion) => {
    const { shards } = await plans.index(version)
    const own = shards.filter(({ voters }) => voters.includes(voter))
    const documents = await Promise.all(own.map(({ shard }) => plans.shard(version, shard)))
    const missing = own.find((_, index) => documents[index] === undefined)
    if (missing !== undefined)
      throw new Error(`the plan ${version} is announced but not its shard ${missing.shard} in the table`)
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
