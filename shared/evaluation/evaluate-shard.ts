import type { PlanVersion, ShardId } from '../check.ts'
import { type State, seenAt } from '../quorum/state.ts'
import { type EvaluationContext, evaluate } from './evaluate.ts'
import { missesSince, type Watched } from './monitor/problems.ts'

/** A shard and its state as it was read just now, before it is settled. */
export interface ReadShard {
  readonly shard: ShardId
  readonly intervalSeconds: number
  readonly before: State | undefined
}

/**
 * Settles one shard, and reads of it what the watch wants to know: nothing as long as there is nothing to say of it.
 *
 * @param inForce the plan whose alerts count.
 */
export async function evaluateShard(
  { shard, intervalSeconds, before }: ReadShard,
  inForce: PlanVersion | undefined,
  context: EvaluationContext,
): Promise<readonly Watched[]> {
  const settled = await evaluate(shard, context, before)
  if (settled === undefined) return []
  const state = await withSlowest(settled, intervalSeconds, context)
  const sent = await context.store.sent(shard)
  const alerted = Object.keys(sent.dead).length === 0 ? [] : await alertedBy(shard, inForce, context)
  return [{ state, intervalSeconds, sent, alerted }]
}

/** The contacts that a shard alerts under a plan. */
async function alertedBy(
  shard: ShardId,
  version: PlanVersion | undefined,
  { plans }: EvaluationContext,
): Promise<readonly string[]> {
  const planned = version && (await plans.shard(version, shard))
  return (planned?.checks ?? []).flatMap(({ alerts }) => alerts.map(({ contact }) => contact))
}

/** The state with every voter as heard of by now, where it seems to miss one. */
async function withSlowest(
  state: State,
  intervalSeconds: number,
  { store }: Pick<EvaluationContext, 'store'>,
): Promise<State> {
  const from = missesSince(state, intervalSeconds)
  if (from === undefined) return state
  const ballots = await store.ballots(state.shard, from, state.tick, { consistent: false, votesOnly: true })
  return { ...state, seen: ballots.reduce((seen, ballot) => seenAt(seen, ballot.tick, [ballot]), state.seen) }
}
