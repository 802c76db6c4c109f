import { isoOf, type ShardId, type Tick, type VoterName } from '../../shared/check.ts'
import { quorumCpuMs, scheduleCpuMs, sweepCpuMs } from '../../shared/cost/units.ts'
import { probingCpuMs } from '../../shared/cost/work.ts'
import type { ShardPlan } from '../../shared/plan/plan.ts'
import { intervalSeconds, shardOf } from '../line.ts'
import { checkOf } from '../probers/checks.ts'
import type { Endpoint, Kind } from '../probers/servers.ts'
import { healthyMs as online, recordOf, type Stage } from './stage.ts'

/** The work of one function at one tick, played repeatedly. */
export interface Scene {
  readonly what: string
  readonly name: 'schedule' | 'probe' | 'quorum' | 'notify' | 'sweep'
  readonly shards: readonly ShardPlan[]
  /** The CPU ms per invocation that `upquorum cost` assumes; absent for a function that it leaves out. */
  readonly assumedMs?: number
  /** Plays one tick. Each call of `invoke` is an invocation. */
  play(stage: Stage, invoke: Invoke): Promise<void>
  /** Plays about ten ticks as fast as possible, to warm up. */
  hurry?(stage: Stage, invoke: Invoke): Promise<void>
  /** Throws if the scene did not do the intended work. */
  verify?(stage: Stage): Promise<void>
}

export type Invoke = (event: unknown, aheadMs: number) => Promise<void>

/** The voter named in the functions' environment. */
export const voter = 'us-east-1' as VoterName
const voters = [voter, 'eu-west-1', 'ap-southeast-2', 'sa-east-1']
const offline = -2
const farFuture = 9_999_999_999 as Tick

/** The probe: one shard at one tick by one voter. */
export function probing(kind: Kind, count: number, endpoints: readonly Endpoint[]): Scene {
  const checks = Array.from({ length: count }, (_, index) =>
    checkOf(kind, endpoints[index % endpoints.length]!, undefined, index),
  )
  const jobOf = (stage: Stage) => ({
    messageId: '1',
    body: JSON.stringify({ shard: stage.shards[0]!.shard, tick: stage.advance() }),
  })
  return {
    what: count === 1 ? `probe, 1 ${kind} check` : `probe, ${count} ${kind} checks`,
    name: 'probe',
    shards: [{ ...shardsOf(1)[0]!, voters: [voter], checks }],
    assumedMs: probingCpuMs(checks),
    async play(stage, invoke) {
      const record = jobOf(stage)
      await invoke({ Records: [record] }, stage.aheadMs(0))
    },
    async hurry(stage, invoke) {
      const aheadMs = stage.aheadMs(0)
      await invoke({ Records: Array.from({ length: 10 }, () => jobOf(stage)) }, aheadMs)
    },
    async verify({ store, shards: [shard] }) {
      const ballots = await store.ballots(shard!.shard, 0 as Tick, farFuture, { consistent: true })
      const wrong = ballots.find(({ ms }) => ms.length !== count || ms.some((each) => each < 0))
      if (wrong !== undefined) throw new Error(`a probe of this benchmark failed: ${JSON.stringify(wrong)}`)
    },
  }
}

/** The schedule: the jobs of one minute. */
export function scheduling(shards: number): Scene {
  return {
    what: `schedule, ${countOf(shards)}`,
    name: 'schedule',
    shards: shardsOf(shards),
    assumedMs: scheduleCpuMs(shards),
    async play(stage, invoke) {
      const tick = stage.advance()
      // Starts in the middle of a second; schedule waits for the next one to begin.
      await invoke({ time: isoOf(tick) }, stage.aheadMs(1.5))
    },
  }
}

/** The quorum: the four ballots of a tick with every check online; the third one decides. */
export const deciding: Scene = {
  what: 'quorum, a ballot of 200 checks',
  name: 'quorum',
  shards: shardsOf(1),
  assumedMs: quorumCpuMs,
  async play(stage, invoke) {
    stage.advance()
    for (const each of stage.shards[0]!.voters) {
      await invoke(await stage.cast(stage.shards[0]!, each, online), stage.aheadMs(2))
    }
  },
}

/** Notify: `count` checks go offline at one tick and come back at the next. */
export function telling(count: number): Scene {
  let isUp = true
  return {
    what: count === 1 ? 'notify, 1 check flips' : `notify, ${count} checks flip`,
    name: 'notify',
    shards: shardsOf(1, count),
    async play(stage, invoke) {
      stage.advance()
      isUp = !isUp
      await stage.play(isUp ? online : offline)
      await invoke(recordOf(stage.shards[0]!, 'STATE'), stage.aheadMs(3))
    },
  }
}

/** The sweep when every tick is already decided. */
export function sweeping(shards: number): Scene {
  return {
    what: `sweep, ${countOf(shards)}`,
    name: 'sweep',
    shards: shardsOf(shards),
    assumedMs: sweepCpuMs(shards),
    async play(stage, invoke) {
      const tick = stage.advance()
      await stage.play(online)
      await invoke({ time: isoOf(tick) }, stage.aheadMs(40))
    },
  }
}

function shardsOf(count: number, checks = 200): readonly ShardPlan[] {
  const shard = shardOf(checks, voters, { confirmations: 2, delay: 1 })
  return Array.from({ length: count }, (_, index) => ({
    ...shard,
    shard: `${intervalSeconds}s-a1b2c3-${index + 1}` as ShardId,
  }))
}

function countOf(shards: number): string {
  return shards === 1 ? '1 shard' : `${shards} shards`
}
