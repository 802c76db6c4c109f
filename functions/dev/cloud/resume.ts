import { type DeliverContext, deliver } from '../../../shared/alerts/deliver/deliver.ts'
import { isoOf, type ShardId, tickAtOrBefore } from '../../../shared/check.ts'
import type { EvaluationContext } from '../../../shared/evaluation/context.ts'
import { evaluate } from '../../../shared/evaluation/evaluate.ts'
import { monitorShard } from '../../../shared/evaluation/monitor/health.ts'
import { knownShards } from '../../../shared/evaluation/sweep.ts'
import { cursorOf, historyReader } from '../../../shared/quorum/outbox.ts'
import { type State, skipTo } from '../../../shared/quorum/state.ts'

/** The parts of the recorder (recorder.ts) that resuming uses. */
export interface Teller {
  /** Marks what was committed up to `seq` as shown. */
  skip(shard: ShardId, seq: number): void
  /** Shows the entries of a state's outbox that were not shown yet. */
  transitions(state: State): Promise<void>
  warn(message: string): void
}

/** Clock corrections up to this size cause no warning. */
const correctionSeconds = 60

/**
 * Continues every shard from where the last run, or the machine falling asleep, left it. What was committed is shown
 * and delivered. Ticks since then are skipped instead of counted as blind, because nothing was scheduled for them.
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
      teller.warn(`this machine's clock was set back: nothing is decided before ${isoOf(state.tick)}`)
    }
    await deliver(shard, context)
  }
}

/** Releases the leases of an earlier run, which cannot be alive: a data folder has one run at a time. */
export async function freeLeases(context: EvaluationContext): Promise<void> {
  const { store } = context
  for (const shard of [...(await knownShards(context)).map(({ shard }) => shard), monitorShard]) {
    const sent = await store.sent(shard)
    if (sent.leaseUntilMs > 0) await store.putSent({ ...sent, leaseUntilMs: 0 })
  }
}
