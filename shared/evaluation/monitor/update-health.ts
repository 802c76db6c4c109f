import type { PlanVersion, Tick } from '../../check.ts'
import type { PlanIndex } from '../../plan/plan.ts'
import { historyReader, prune } from '../../quorum/outbox.ts'
import { due, type State } from '../../quorum/state.ts'
import type { EvaluationContext } from '../evaluate.ts'
import { initialHealth, monitorShard, updateRows } from './health.ts'
import { findProblems, type Watched, wellAmong } from './problems.ts'

/**
 * Brings the watch up to date with the shards as they stand under the plan in force.
 *
 * @param shards those that were settled. Where they are not all, what is wrong in them is told; but nothing is
 *   said to be over, since it may stand in one of the others. A voter that is silent in them alone is told of as well:
 *   it may be heard in a shard that cannot be read, but nobody could be told of it as long as one is damaged.
 * @returns whether it owes a delivery.
 */
export async function updateHealth(
  { shards, areAll }: { readonly shards: readonly Watched[]; readonly areAll: boolean },
  now: Tick,
  plan: PlanVersion,
  context: EvaluationContext,
): Promise<boolean> {
  const { store, plans } = context
  const index = await plans.index(plan)
  const before = (await store.state(monitorShard, { consistent: true })) ?? initialHealth(now, plan)
  const kept = await pruned(before, index, context)
  const problems = findProblems(shards)
  const ended = [...kept.rows.keys()].filter((subject) => areAll && !problems.has(subject))
  const well = await wellAmong(ended, shards, index, plans)
  const after = updateRows(kept, problems, now, plan, (subject) => {
    if (!areAll) return undefined
    return well.has(subject) ? 'online' : 'removed'
  })
  // Whoever was first saw the same problems: the next sweep compares again.
  if (after !== before) await store.putState(after)
  return after.due > 0
}

/** The watch without what the operators have heard. What is left is for the operators of the plan in force. */
async function pruned(
  state: State,
  { version, operators }: PlanIndex,
  { store }: Pick<EvaluationContext, 'store'>,
): Promise<State> {
  if (state.outbox.length === 0) return state
  const { cursors } = await store.sent(monitorShard)
  const readers = operators === undefined ? [historyReader] : [historyReader, operators]
  const outbox = prune(state.outbox, cursors, () => readers)
  if (outbox.length === state.outbox.length && state.plan === version) return state
  return { ...state, plan: version, outbox, due: due(outbox, state) }
}
