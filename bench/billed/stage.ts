import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { marshall } from '@aws-sdk/util-dynamodb'
import { localClient, localTable } from '../../functions/dev/cloud/database.ts'
import { deliver } from '../../shared/alerts/deliver/deliver.ts'
import type { Tick, VoterName } from '../../shared/check.ts'
import type { Clock } from '../../shared/clock.ts'
import { evaluate } from '../../shared/evaluation/evaluate.ts'
import type { ShardPlan } from '../../shared/plan/plan.ts'
import { planReader } from '../../shared/plan/reader.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import { announce, graceMs, intervalSeconds, putVotes } from '../line.ts'

/** A table with a plan, on which minutes are played one after the other. */
export interface Stage {
  readonly url: string
  readonly store: Store
  readonly shards: readonly ShardPlan[]
  /** Moves on to the next tick and returns it. */
  advance(): Tick
  /** How far the simulated clock must be ahead of ours to show this moment of the current tick. */
  aheadMs(secondsIntoTick: number): number
  /** Casts every voter's ballot for every shard with this latency for all checks, and evaluates the tick. */
  play(ms: number): Promise<void>
  /** Casts one ballot. Resolves to the stream event that results from it. */
  cast(shard: ShardPlan, voter: VoterName, ms: number): Promise<unknown>
  close(): void
}

/** The latency of every check while all are online. */
export const healthyMs = 12.3

/** A stream event for a new item, reduced to the fields that our handlers read. */
export function recordOf(shard: ShardPlan, sk: string): unknown {
  const Keys = marshall({ pk: `SHARD#${shard.shard}`, sk })
  return { Records: [{ eventName: 'INSERT', dynamodb: { Keys, SequenceNumber: '1' } }] }
}

/**
 * Starts a table in its own process and plays two ticks, after which every check is online and that was delivered. The
 * first tick lies in the future, so that every tick played is a new one.
 */
export async function setStage(shards: readonly ShardPlan[]): Promise<Stage> {
  const database = fork(fileURLToPath(new URL('database.ts', import.meta.url)))
  const [url] = (await once(database, 'message')) as [string]
  const client = localClient(url)
  const store = dynamoStore(client, localTable)
  let tick = (Math.ceil(Date.now() / 1000 / intervalSeconds) * intervalSeconds) as Tick
  await announce(store, shards, (tick + intervalSeconds) as Tick)
  let nowMs = 0
  // Timers never fire; evaluating and delivering does not wait for any.
  const clock: Clock = { now: () => nowMs, monotonic: () => nowMs, timer: () => () => {} }
  const plans = planReader(store, clock)

  async function cast(shard: ShardPlan, voter: VoterName, ms: number) {
    await putVotes(
      store,
      shard,
      voter,
      tick,
      shard.checks.map(() => ms),
    )
    return recordOf(shard, `BALLOT#${tick}#${voter}`)
  }

  async function play(ms: number) {
    nowMs = (tick + 2) * 1000
    for (const shard of shards) {
      for (const voter of shard.voters) await cast(shard, voter, ms)
      await evaluate(shard.shard, { store, plans, clock, graceMs })
    }
  }

  function advance() {
    tick = (tick + intervalSeconds) as Tick
    return tick
  }

  for (let begun = 0; begun < 2; begun++) {
    advance()
    await play(healthyMs)
    for (const { shard } of shards) await deliver(shard, { store, plans, clock, publish: async () => {} })
  }
  return {
    url,
    store,
    shards,
    advance,
    aheadMs: (secondsIntoTick) => (tick + secondsIntoTick) * 1000 - Date.now(),
    play,
    cast,
    close() {
      client.destroy()
      database.disconnect()
    },
  }
}
