import type { PlanVersion, ShardId, Tick } from '../check.ts'
import type { Deployment } from './deployment.ts'
import type { PlanEntry } from './plan.ts'

/** The outcome of a conditional write. `conflict`: another writer was first, which is a value and not an error. */
export type WriteOutcome = 'written' | 'conflict'

/** Which plan holds when, oldest first. */
export interface CurrentPlan {
  /** Number of writes so far; each is conditional on the previous one. 0: not yet written. */
  readonly revision: number
  readonly entries: readonly PlanEntry[]
}

/** The part of a home's table that holds plans. */
export interface PlanStore {
  currentPlan(): Promise<CurrentPlan>
  /** Writes `{...current, revision: current.revision + 1}` if the table still holds `current.revision`. */
  putCurrentPlan(current: CurrentPlan): Promise<WriteOutcome>
  /** Documents are immutable: writing one again is harmless. `part` is a shard's id or `~index`. */
  putDocument(version: PlanVersion, part: string, json: string): Promise<void>
  document(version: PlanVersion, part: string): Promise<string | undefined>

  /**
   * Whether a shard still has to take over the plan that holds from `from`, or still owes an alert. False for one that
   * was never evaluated.
   */
  owes(shard: ShardId, from: Tick): Promise<boolean>

  /** What was last deployed with this table; undefined if no deployment has made it. */
  deployment(): Promise<Deployment | undefined>
  putDeployment(deployment: Deployment): Promise<void>
}
