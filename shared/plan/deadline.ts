import type { Tick } from '../check.ts'
import type { ShardPlan } from './plan.ts'

/** The moment at which a tick waits for nobody any more, in epoch ms. */
export function deadlineMs(tick: Tick, shard: { timeoutMs: number }, graceMs: number): number {
  return tick * 1000 + shard.timeoutMs + graceMs
}

/** A shard's longest timeout. */
export function longestTimeoutMs(shard: ShardPlan | undefined): number {
  return Math.max(0, ...(shard?.checks ?? []).map((check) => check.timeoutMs))
}
