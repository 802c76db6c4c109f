import type { PlanVersion, Tick } from '../../check.ts'
import type { PlanIndex } from '../../plan/plan.ts'
import { historyReader, prune } from '../../quorum/outbox.ts'
import { due, type State } from '../../quorum/state.ts'
import type { EvaluationContext } from '../context.ts'
import { initialHealth, monitorShard, updateRows } from './health.ts'
import { findProblems, type MonitoredShard, wellAmong } from './problems.ts'

/**
 * Updates the monitor's health from the shards under the plan in force.
 *
 * @param shards the evaluated shards. If some are missing (`areAll` is false), problems in these are announced, but
 *   none is resolved, since it may persist in the others. A voter that is silent in these is announced too, although
 *   it may have voted in an unreadable shard: otherwise one damaged shard would hide every silent voter.
 * @returns whether the monitor's own shard owes a delivery.
 */
export async function updateHealth(
  { shards, areAll }: { readonly shards: readonly MonitoredShard[]; readonly areAll: boolean },
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
  // A conflict may be ignored: the other sweep saw the same problems, and the next one compares again.
  if (after !== before) await store.putState(after)
  return after.due > 0
}

/** Prunes the entries the operators were told of; the rest is for the operators of the plan in force. */
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
