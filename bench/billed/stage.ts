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

/** A table with a plan, before which minutes are played one after the other. */
export interface Stage {
  readonly url: string
  readonly store: Store
  readonly shards: readonly ShardPlan[]
  /** Goes on to the next tick. */
  advance(): Tick
  /** How far a clock is ahead of ours that shows this moment of the tick that is being played. */
  aheadMs(secondsIntoTick: number): number
  /** All voters find these latencies in every shard at this tick, and it is decided. */
  play(ms: number): Promise<void>
  /** One voter's ballot. Resolves to the event that the stream makes of it. */
  cast(shard: ShardPlan, voter: VoterName, ms: number): Promise<unknown>
  close(): void
}

/** What every voter finds of every check while all is well. */
export const healthyMs = 12.3

/** The stream's record of a new item, with what a reader of ours looks at. */
export function recordOf(shard: ShardPlan, sk: string): unknown {
  const Keys = marshall({ pk: `SHARD#${shard.shard}`, sk })
  return { Records: [{ eventName: 'INSERT', dynamodb: { Keys, SequenceNumber: '1' } }] }
}

/**
 * Starts a table in a process of its own, and plays two ticks there, after which every check is online and that is
 * told. The first tick lies ahead, so that all that is played is new.
 */
export async function setStage(shards: readonly ShardPlan[]): Promise<Stage> {
  const database = fork(fileURLToPath(new URL('database.ts', import.meta.url)))
  const [url] = (await once(database, 'message')) as [string]
  const client = localClient(url)
  const store = dynamoStore(client, localTable)
  let tick = (Math.ceil(Date.now() / 1000 / intervalSeconds) * intervalSeconds) as Tick
  await announce(store, shards, (tick + intervalSeconds) as Tick)
  let nowMs = 0
  // Nothing that is settled waits for a timer.
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
