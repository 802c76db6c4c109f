import type { PlanVersion, Tick, VoterName } from '../check.ts'
import type { Clock } from '../clock.ts'
import type { PlanEntry } from './plan.ts'
import type { PlanReader } from './reader.ts'
import { entryAt } from './schedule.ts'

/** Called once when the home, or a plan it has announced, cannot be read, and once when everything can be again. */
export interface Reachability {
  onLost(error: unknown): void
  onFound(): void
}

/**
 * Continues with the known plans while the home cannot be reached, and never waits for the home once it knows one. A
 * plan is known once everything this voter needs of it has been read, so an announced plan that is partly unreadable
 * does not stop the one in force. A ballot under a plan that has been replaced in the meantime is harmless: it counts
 * as an abstention.
 *
 * @returns a reader whose `entries` are the known plans. While none is known, `entries` fails if the plan in force, or
 *   the first one if none is in force yet, cannot be read completely.
 */
export function lastKnownPlans(
  plans: PlanReader,
  voter: VoterName,
  clock: Clock,
  { onLost, onFound }: Reachability,
): PlanReader {
  let known: readonly PlanEntry[] | undefined
  let reading: Promise<readonly PlanEntry[]> | undefined
  let isLost = false

  const read = async () => {
    try {
      const announced = await plans.entries()
      const { readable, failure } = await sift(announced)
      const needed = entryAt(announced, Math.floor(clock.now() / 1000) as Tick) ?? announced[0]
      if (needed !== undefined && !readable.includes(needed)) throw failure
      known = readable
      if (failure === undefined) reportFound()
      else reportLost(failure)
      return known
    } catch (error) {
      reportLost(error)
      throw error
    } finally {
      reading = undefined
    }
  }
  const reportFound = () => {
    if (isLost) onFound()
    isLost = false
  }
  const reportLost = (error: unknown) => {
    if (!isLost) onLost(error)
    isLost = true
  }
  /** The entries whose plans can be read completely, and the error of the first of the others. */
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
    const votedOn = shards.filter(({ voters }) => voters.includes(voter))
    const documents = await Promise.all(votedOn.map(({ shard }) => plans.shard(version, shard)))
    const missing = votedOn.find((_, index) => documents[index] === undefined)
    if (missing !== undefined)
      throw new Error(`the plan ${version} is announced but its shard ${missing.shard} is not in the table`)
  }
  const entries = async () => {
    reading ??= read()
    if (known === undefined) return reading
    // `reportLost` has reported the error already.
    reading.catch(() => {})
    return known
  }
  return { ...plans, entries, entryAt: async (tick) => entryAt(await entries(), tick) }
}
