import { type ShardId, tickAtOrBefore } from '../check.ts'
import type { PlanIndex } from '../plan/plan.ts'
import { historyReader, prune } from './outbox.ts'
import { type SettleContext, settle } from './settle.ts'
import { due } from './state.ts'
import { initialWatch, troublesIn, watch, watchShard } from './watch.ts'

/** A shard of some plan that is still of interest, and its interval. */
type Known = Pick<PlanIndex['shards'][number], 'shard' | 'intervalSeconds'>

/** Every shard of the plans in force, to come, and lately superseded: a shard that ended may still owe an alert. */
export async function knownShards({ plans }: Pick<SettleContext, 'plans'>): Promise<readonly Known[]> {
  const shards = new Map<ShardId, Known>()
  for (const { version } of await plans.entries()) {
    for (const known of (await plans.index(version)).shards) shards.set(known.shard, known)
  }
  return [...shards.values()]
}

/**
 * Settles every shard once more, for what no stream record will tell of: deadlines that passed in silence.
 * Then brings the watch over the monitor itself up to date. Returns the shards that owe a delivery.
 */
export async function patrol(context: SettleContext): Promise<readonly ShardId[]> {
  const settled = await Promise.all(
    (await knownShards(context)).map(async ({ shard, intervalSeconds }) => {
      const state = await settle(shard, context)
      return state === undefined ? [] : [{ state, intervalSeconds, sent: await context.store.sent(shard) }]
    }),
  )
  const shards = settled.flat()
  const owing = shards.filter(({ state }) => state.due > 0).map(({ state }) => state.shard)
  return (await keepWatch(shards, context)) ? [...owing, watchShard] : owing
}

/** Returns whether the watch owes a delivery. */
async function keepWatch(shards: Parameters<typeof troublesIn>[0], context: SettleContext): Promise<boolean> {
  const { store, plans, clock } = context
  const minute = tickAtOrBefore(clock.now() / 1000, 60)
  const entry = await plans.entryAt(minute)
  if (entry === undefined) return false
  const { operators } = await plans.index(entry.version)
  const before = (await store.state(watchShard, { consistent: true })) ?? initialWatch(minute, entry.version)
  const { cursors } = before.outbox.length === 0 ? { cursors: {} } : await store.sent(watchShard)
  const outbox = prune(before.outbox, cursors, () => [
    historyReader,
    ...(operators === undefined ? [] : [operators]),
  ])
  const kept =
    outbox.length === before.outbox.length ? before : { ...before, outbox, due: due(outbox, before) }
  const after = watch(kept, troublesIn(shards), minute, entry.version)
  // Whoever was first saw the same troubles: the next patrol compares again.
  if (after !== before) await store.putState(after)
  return after.due > 0
}
