import type { Clock } from '../clock.ts'
import type { PlanReader } from '../plan/reader.ts'
import type { Store } from '../store/store.ts'

export interface EvaluationContext {
  readonly store: Store
  readonly plans: PlanReader
  readonly clock: Clock
  /** How long a tick waits for ballots after the shard's longest timeout: 20 s, or 2 s in local runs. */
  readonly graceMs: number
}
