import type { Alert, CheckName, ContactName, Delay, PlanVersion, ShardId, Tick, VoterName } from '../check.ts'
import type { Kind, Target } from '../probers/index.ts'

/** One check as probers and quorum read it: validated, with all defaults filled in. */
export type PlannedCheck = { readonly [K in Kind]: PlannedOf<K> }[Kind]

export interface PlannedOf<K extends Kind> {
  readonly name: CheckName
  readonly kind: K
  readonly target: Target<K>
  /** The target in one line for people; no credentials. */
  readonly label: string
  readonly timeoutMs: number
  /** Above this latency an online vote counts as slow. Absent: never. */
  readonly slowMs?: number
  readonly confirmations: number
  readonly delay: Delay
  readonly alerts: readonly Alert[]
  readonly tags: readonly string[]
  readonly allowPrivate: boolean
}

/** Up to 200 checks that share one interval and one set of voters. The order of `checks` is the ballot's. */
export interface ShardPlan {
  readonly version: PlanVersion
  readonly shard: ShardId
  readonly intervalSeconds: number
  readonly voters: readonly VoterName[]
  readonly checks: readonly PlannedCheck[]
}

/** A summary of every shard, so that schedule and sweep need not read its checks. */
export interface PlanIndex {
  readonly version: PlanVersion
  readonly operators?: ContactName
  readonly contacts: readonly ContactName[]
  readonly shards: readonly {
    readonly shard: ShardId
    readonly intervalSeconds: number
    readonly voters: readonly VoterName[]
    /** The longest timeout of the shard's checks; a tick's deadline is this plus the grace after it. */
    readonly timeoutMs: number
    readonly checks: number
  }[]
}

/** A whole plan: the index and one document per shard. */
export interface Plan {
  readonly index: PlanIndex
  readonly shards: readonly ShardPlan[]
}

/** A version and the tick from which it holds. */
export interface PlanEntry {
  readonly version: PlanVersion
  readonly from: Tick
}
