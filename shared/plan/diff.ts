import type { CheckName } from '../check.ts'
import type { PlannedCheck, ShardPlan } from './plan.ts'

/** How another plan changes the checks, for people to review before it is applied. */
export interface PlanDiff {
  readonly added: readonly CheckName[]
  readonly removed: readonly CheckName[]
  /** The changed options as the configuration names them; the kind stands for all of its own options. */
  readonly changed: readonly { readonly check: CheckName; readonly what: readonly string[] }[]
}

/** A check's options besides those of its kind, with their names in the configuration. */
const words = {
  timeoutMs: 'timeout',
  slowMs: 'slow',
  confirmations: 'confirmations',
  delay: 'delay',
  alerts: 'alerts',
  tags: 'tags',
  allowPrivate: 'allow_private',
} as const satisfies Partial<Record<keyof PlannedCheck, string>>

/** Compares the checks of two plans; each list is in the order of the plan that has the checks. */
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

/** Both values come from the same code and JSON, so equal content has equal text. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
