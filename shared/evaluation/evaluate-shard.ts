import type { PlanVersion, ShardId } from '../check.ts'
import { type State, seenAt } from '../quorum/state.ts'
import type { EvaluationContext } from './context.ts'
import { evaluate } from './evaluate.ts'
import { type MonitoredShard, missesSince } from './monitor/problems.ts'

/** A shard and its state, read before the evaluation. */
export interface ReadShard {
  readonly shard: ShardId
  readonly intervalSeconds: number
  readonly before: State | undefined
}

/**
 * Evaluates one shard and reads what the monitor's health is derived from. Empty for a shard without a state.
 *
 * @param inForce the plan whose alerts count.
 */
export async function evaluateShard(
  { shard, intervalSeconds, before }: ReadShard,
  inForce: PlanVersion | undefined,
  context: EvaluationContext,
): Promise<readonly MonitoredShard[]> {
  const evaluated = await evaluate(shard, context, before)
  if (evaluated === undefined) return []
  const state = await withSlowVoters(evaluated, intervalSeconds, context)
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

/** If the state seems to miss a voter, reads the ballots that arrived after their ticks were closed. */
async function withSlowVoters(
  state: State,
  intervalSeconds: number,
  { store }: Pick<EvaluationContext, 'store'>,
): Promise<State> {
  const from = missesSince(state, intervalSeconds)
  if (from === undefined) return state
  const ballots = await store.ballots(state.shard, from, state.tick, { consistent: false, votesOnly: true })
  return { ...state, seen: ballots.reduce((seen, ballot) => seenAt(seen, ballot.tick, [ballot]), state.seen) }
}
