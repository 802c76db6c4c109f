import type { PlanVersion } from '../check.ts'
import type { Deployment } from './deployment.ts'
import type { PlanEntry } from './plan.ts'

/** The outcome of a conditional write. A conflict is a value, not an error: another writer was first. */
export type WriteOutcome = 'written' | 'conflict'

/** Which plan holds when, oldest first. */
export interface CurrentPlan {
  /** Counts the writes; a write is conditional on the one before it. 0: not yet written. */
  readonly revision: number
  readonly entries: readonly PlanEntry[]
}

/** Where plans are kept: the part of a home's table that holds them. */
export interface PlanStore {
  currentPlan(): Promise<CurrentPlan>
  /** Writes `{...current, revision: current.revision + 1}` if the table still holds `current.revision`. */
  putCurrentPlan(current: CurrentPlan): Promise<WriteOutcome>
  /** Documents are immutable: writing one again is harmless. `part` is a shard's id or `~index`. */
  putDocument(version: PlanVersion, part: string, json: string): Promise<void>
  document(version: PlanVersion, part: string): Promise<string | undefined>

  /** What was deployed last around this table; undefined for one that no deployment has made. */
  deployment(): Promise<Deployment | undefined>
  putDeployment(deployment: Deployment): Promise<void>
}
