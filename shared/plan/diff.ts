import type { CheckName } from '../check.ts'
import type { PlannedCheck, ShardPlan } from './plan.ts'

/** What another plan means for the checks, for people to read before it is applied. */
export interface PlanDiff {
  readonly added: readonly CheckName[]
  readonly removed: readonly CheckName[]
  /** In the words of the configuration: `timeout`, `from`, the kind where its options changed. */
  readonly changed: readonly { readonly check: CheckName; readonly what: readonly string[] }[]
}

/** What a check is made of besides the options of its kind, as the configuration calls it. */
const words = {
  timeoutMs: 'timeout',
  slowMs: 'slow',
  confirmations: 'confirmations',
  delay: 'delay',
  alerts: 'alerts',
  tags: 'tags',
  allowPrivate: 'allow_private',
} as const satisfies Partial<Record<keyof PlannedCheck, string>>

/** Compares the checks of two plans, each list in the order of the plan that has them. */
export function diffPlans(before: readonly ShardPlan[], after: readonly ShardPlan[]): PlanDiff {
  const old = byName(before)
  const next = byName(after)
  return {
    added: [...next.keys()].filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !next.has(name)),
    changed: [...next].flatMap(([check, placed]) => {
      const what = old.has(check) ? changesOf(old.get(check)!, placed) : []
      return what.length === 0 ? [] : [{ check, what }]
    }),
  }
}

type ShardedCheck = PlannedCheck & Pick<ShardPlan, 'intervalSeconds' | 'voters'>

function byName(shards: readonly ShardPlan[]): ReadonlyMap<CheckName, ShardedCheck> {
  return new Map(
    shards.flatMap(({ checks, intervalSeconds, voters }) =>
      checks.map((check) => [check.name, { ...check, intervalSeconds, voters }] as const),
    ),
  )
}

function changesOf(old: ShardedCheck, next: ShardedCheck): readonly string[] {
  const changes = (Object.keys(words) as (keyof typeof words)[])
    .filter((key) => !isSame(old[key], next[key]))
    .map((key) => words[key])
  return [
    ...(old.kind !== next.kind || !isSame(old.target, next.target) ? [next.kind] : []),
    ...(old.intervalSeconds === next.intervalSeconds ? [] : ['interval']),
    ...(isSame(old.voters, next.voters) ? [] : ['from']),
    ...changes,
  ]
}

/** Both come from the same code through JSON: the same content has the same text. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
