import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { expect } from 'vitest'
import { type Proof, type Runner, type RunnerOptions, startRunner } from '../../functions/runner/runner.ts'
import type { ShardId, Tick, VoterName } from '../../shared/check.ts'
import { parseConfig } from '../../shared/config/parse.ts'
import { applyPlan } from '../../shared/plan/apply.ts'
import type { Store } from '../../shared/store/store.ts'
import { manualClock } from '../fixtures/clock.ts'
import { scriptedSockets } from '../fixtures/raw-sockets.ts'
import { partitionOf } from '../line/world.ts'

export const startSeconds = 1_790_002_800
export const voter = 'lab-1' as VoterName

/** A configuration with one runner and these checks. */
export const configuration = (checks: string) => {
  const text = `runners: { lab-1: { region: us-east-1 } }\ndefaults: { confirmations: 1, delay: 1, timeout: 1s }\nchecks:\n${checks}\n`
  const { config, errors } = parseConfig(text, 'u.yaml')
  expect(errors).toEqual([])
  return config!
}
export const port = "  - { name: port, half_open: { address: '192.0.2.1:443' }, interval: 5s }"
export const gateway = '  - { name: gw, icmp: { target: 192.0.2.2, count: 1 }, interval: 5s }'

/** A log that collects its lines. */
function keepingLog() {
  const lines: { level: string; message: string; fields: Record<string, unknown> }[] = []
  const at =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      void lines.push({ level, message, fields })
  return { lines, info: at('info'), warn: at('warn'), error: at('error') }
}

/** Waits long enough for a table in memory to answer. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((done) => setImmediate(done))
}

/** Waits long enough for a table on loopback to answer. */
async function moments(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((done) => setTimeout(done, 1))
}

/** A runner with its own table and a manual clock, half a second before a tick. */
export function runnerRig(client: DynamoDBDocumentClient, settle = moments) {
  const table = partitionOf(client)
  const clock = manualClock(startSeconds * 1000 - 500)
  const log = keepingLog()
  let runner: Runner | undefined
  const rig = {
    table,
    clock,
    log,
    isDown: false,
    /** Number of calls of `onAlive`. */
    alive: 0,
    proofs: [] as Proof[],
    /** Calls of `onUnheard`: seconds after the start, and `wasHeard`. */
    unheard: [] as (readonly [after: number, wasHeard: boolean])[],
    /** The table, which can be made unreachable. */
    reachable(): Store {
      const guarded =
        <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
        (...args: Args) =>
          rig.isDown ? Promise.reject(new Error('the home is down')) : call(...args)
      return { ...table, putBallot: guarded(table.putBallot), currentPlan: guarded(table.currentPlan) }
    },
    start(options: Partial<RunnerOptions> = {}) {
      runner = startRunner({
        voter,
        homes: new Map([['us-east-1', rig.reachable()]]),
        sockets: scriptedSockets({ syn: [{ answer: 'open', rttUs: 500 }] }).sockets,
        clock,
        log,
        graceMs: 2000,
        onAlive: () => {
          rig.alive++
        },
        onReady: (proof) => rig.proofs.push(proof),
        onUnheard: (wasHeard) => rig.unheard.push([Math.floor(clock.now() / 1000) - startSeconds, wasHeard]),
        ...options,
      })
      return runner
    },
    /** Advances the clock in steps, between which the table can answer. */
    async pass(seconds: number, stepMs = 250) {
      for (let passedMs = 0; passedMs < seconds * 1000; passedMs += stepMs) {
        clock.advance(stepMs)
        await settle()
      }
    },
    async ballotsOf(shard: ShardId) {
      const all = await table.ballots(shard, 0 as Tick, (startSeconds + 7200) as Tick, { consistent: true })
      return all.map(({ tick, voter, ms, failed }) => ({ after: tick - startSeconds, voter, ms, failed }))
    },
    async apply(checks: string, fromSeconds = startSeconds - 60) {
      const applied = await applyPlan(table, configuration(checks), fromSeconds as Tick, clock.now() / 1000)
      return applied.plan.shards.map(({ shard }) => shard)
    },
    async stop() {
      const stopping = runner?.stop()
      await rig.pass(5)
      await stopping
    },
  }
  return rig
}
