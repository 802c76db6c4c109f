import { type DeliverContext, deliver } from '../../../shared/alerts/deliver/deliver.ts'
import { isoOf, type ShardId, tickAtOrBefore } from '../../../shared/check.ts'
import { type EvaluationContext, evaluate } from '../../../shared/evaluation/evaluate.ts'
import { monitorShard } from '../../../shared/evaluation/monitor/health.ts'
import { knownShards } from '../../../shared/evaluation/sweep.ts'
import { cursorOf, historyReader } from '../../../shared/quorum/outbox.ts'
import { type State, skipTo } from '../../../shared/quorum/state.ts'

/** Who tells people what happens, see recorder.ts. */
export interface Teller {
  /** What was committed up to `seq` has been told. */
  skip(shard: ShardId, seq: number): void
  /** Tells what a state's outbox holds and was not told yet. */
  transitions(state: State): Promise<void>
  warn(message: string): void
}

/** A clock may be corrected by so much without a word. */
const correctionSeconds = 60

/**
 * Takes the checks up where they were left, by the last run or when the machine fell asleep. What was
 * committed is told and delivered. The time since is nobody's fault: ticks that nothing was scheduled for do
 * not exist.
 */
export async function resume(context: EvaluationContext & DeliverContext, teller: Teller): Promise<void> {
  const { store, clock } = context
  for (const { shard, intervalSeconds } of await knownShards(context)) {
    const { cursors } = await store.sent(shard)
    teller.skip(shard, cursorOf(cursors, historyReader))
    const state = await evaluate(shard, context)
    if (state === undefined || state.revision === 0) continue
    await teller.transitions(state)
    const newest = tickAtOrBefore(clock.now() / 1000, intervalSeconds)
    if (state.tick < newest) {
      await store.putState(skipTo(state, newest, await context.plans.shard(state.plan, shard)))
    }
    if (state.tick > newest + correctionSeconds) {
      teller.warn(`the clock of this machine was set back: nothing is decided before ${isoOf(state.tick)}`)
    }
    await deliver(shard, context)
  }
}

/** Frees the leases of a run that has ended, however that happened: a folder has one run at a time. */
export async function freeLeases(context: EvaluationContext): Promise<void> {
  const { store } = context
  for (const shard of [...(await knownShards(context)).map(({ shard }) => shard), monitorShard]) {
    const sent = await store.sent(shard)
    if (sent.leaseUntilMs > 0) await store.putSent({ ...sent, leaseUntilMs: 0 })
  }
}
