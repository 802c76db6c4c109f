import type { PlanVersion, Tick } from '../check.ts'
import type { PlanIndex } from '../plan/plan.ts'
import { historyReader, prune } from './outbox.ts'
import type { SettleContext } from './settle.ts'
import { due, type State } from './state.ts'
import { troublesIn, type Watched, wellAmong } from './troubles.ts'
import { initialWatch, watch, watchShard } from './watch.ts'

/**
 * Brings the watch up to date with the shards as they stand under the plan in force; without them it only drops what
 * the operators have heard.
 *
 * @returns whether it owes a delivery.
 */
export async function keepWatch(
  shards: readonly Watched[] | undefined,
  now: Tick,
  plan: PlanVersion,
  context: SettleContext,
): Promise<boolean> {
  const { store, plans } = context
  const index = await plans.index(plan)
  const before = (await store.state(watchShard, { consistent: true })) ?? initialWatch(now, plan)
  let after = await pruned(before, index, context)
  if (shards !== undefined) {
    const troubles = troublesIn(shards)
    const ended = [...after.rows.keys()].filter((subject) => !troubles.has(subject))
    const well = await wellAmong(ended, shards, index, plans)
    after = watch(after, troubles, now, plan, (subject) => well.has(subject))
  }
  // Whoever was first saw the same troubles: the next patrol compares again.
  if (after !== before) await store.putState(after)
  return after.due > 0
}

/** The watch without what the operators have heard. What is left is for the operators of the plan in force. */
async function pruned(
  state: State,
  { version, operators }: PlanIndex,
  { store }: Pick<SettleContext, 'store'>,
): Promise<State> {
  if (state.outbox.length === 0) return state
  const { cursors } = await store.sent(watchShard)
  const readers = operators === undefined ? [historyReader] : [historyReader, operators]
  const outbox = prune(state.outbox, cursors, () => readers)
  if (outbox.length === state.outbox.length && state.plan === version) return state
  return { ...state, plan: version, outbox, due: due(outbox, state) }
}
