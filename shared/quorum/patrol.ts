import { type ShardId, tickAtOrBefore } from '../check.ts'
import type { PlanIndex } from '../plan/plan.ts'
import { historyReader, prune } from './outbox.ts'
import { type SettleContext, settle } from './settle.ts'
import { due, type State, seenAt } from './state.ts'
import { initialWatch, missesSince, type Troubles, troublesIn, watch, watchShard } from './watch.ts'

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

/** What a patrol found. */
export interface Patrolled {
  /** The shards that owe a delivery. */
  readonly owing: readonly ShardId[]
  /** One for each shard that could not be settled, and one for the watch; the others were. */
  readonly failures: readonly Error[]
}

/**
 * Settles every shard once more, for what no stream record will tell of: deadlines that passed in silence.
 * Then brings the watch over the monitor itself up to date. A shard that cannot be settled holds up no other.
 */
export async function patrol(context: SettleContext): Promise<Patrolled> {
  const known = await knownShards(context)
  const outcomes = await Promise.allSettled(
    known.map(async ({ shard, intervalSeconds }) => {
      const settled = await settle(shard, context)
      if (settled === undefined) return []
      const state = await withSlowest(settled, intervalSeconds, context)
      return [{ state, intervalSeconds, sent: await context.store.sent(shard) }]
    }),
  )
  const shards = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []))
  const failures = outcomes.flatMap((outcome, index) => {
    if (outcome.status === 'fulfilled') return []
    const cause: unknown = outcome.reason
    return [new Error(`the shard ${known[index]!.shard} could not be settled: ${cause}`, { cause })]
  })
  const owing = shards.filter(({ state }) => state.due > 0).map(({ state }) => state.shard)
  // What stands in a shard that cannot be read is neither wrong nor well: the watch waits for it.
  const troubles = failures.length === 0 ? troublesIn(shards) : undefined
  try {
    return { owing: (await keepWatch(troubles, context)) ? [...owing, watchShard] : owing, failures }
  } catch (cause) {
    // What the checks owe is owed whether the monitor can look after itself or not.
    const failure = new Error(`the monitor's watch over itself could not be kept: ${cause}`, { cause })
    return { owing, failures: [...failures, failure] }
  }
}

/** The state with every voter as heard of by now, where it seems to miss one. */
async function withSlowest(
  state: State,
  intervalSeconds: number,
  { store }: Pick<SettleContext, 'store'>,
): Promise<State> {
  const from = missesSince(state, intervalSeconds)
  if (from === undefined) return state
  const ballots = await store.ballots(state.shard, from, state.tick, { consistent: false, votesOnly: true })
  return { ...state, seen: ballots.reduce((seen, ballot) => seenAt(seen, ballot.tick, [ballot]), state.seen) }
}

/** Returns whether the watch owes a delivery. */
async function keepWatch(troubles: Troubles | undefined, context: SettleContext): Promise<boolean> {
  const { store, plans, clock } = context
  // To the second: what begins and ends within a minute has two alertIds.
  const now = tickAtOrBefore(clock.now() / 1000, 1)
  const entry = await plans.entryAt(now)
  if (entry === undefined) return false
  const { operators } = await plans.index(entry.version)
  const before = (await store.state(watchShard, { consistent: true })) ?? initialWatch(now, entry.version)
  const { cursors } = before.outbox.length === 0 ? { cursors: {} } : await store.sent(watchShard)
  const outbox = prune(before.outbox, cursors, () => [
    historyReader,
    ...(operators === undefined ? [] : [operators]),
  ])
  const kept =
    outbox.length === before.outbox.length ? before : { ...before, outbox, due: due(outbox, before) }
  const after = troubles === undefined ? kept : watch(kept, troubles, now, entry.version)
  // Whoever was first saw the same troubles: the next patrol compares again.
  if (after !== before) await store.putState(after)
  return after.due > 0
}
