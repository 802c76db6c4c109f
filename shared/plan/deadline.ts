import type { Tick } from '../check.ts'
import type { ShardPlan } from './plan.ts'

/** A tick's deadline in epoch ms: from then on no ballot is awaited. */
export function deadlineMs(tick: Tick, shard: { timeoutMs: number }, graceMs: number): number {
  return tick * 1000 + shard.timeoutMs + graceMs
}

/** A shard's longest timeout. */
export function longestTimeoutMs(shard: ShardPlan | undefined): number {
  return Math.max(0, ...(shard?.checks ?? []).map((check) => check.timeoutMs))
}
