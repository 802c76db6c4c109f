import type { PlanVersion, VoterName } from '../check.ts'
import type { PlanIndex } from './plan.ts'
import type { PlanReader } from './reader.ts'
import { type Job, jobsBetween, spansBetween } from './schedule.ts'

/**
 * The jobs of one voter in the ticks from `from` (included) to `to` (excluded), under the plans that hold in that
 * time. Only those plans are read, so an announced plan that is unreadable does no harm before it holds.
 */
export async function readJobs(
  plans: PlanReader,
  voter: VoterName,
  from: number,
  to: number,
): Promise<readonly Job[]> {
  const entries = await plans.entries()
  const indexes = new Map<PlanVersion, PlanIndex>()
  for (const { entry } of spansBetween(entries, from, to))
    indexes.set(entry.version, await plans.index(entry.version))
  return jobsBetween(entries, ({ version }) => indexes.get(version)!, voter, from, to)
}
