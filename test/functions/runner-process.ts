import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { localTable, startDatabase } from '../../functions/dev/database.ts'
import type { Tick } from '../../shared/check.ts'
import { applyPlan } from '../../shared/plan/apply.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import { configuration } from './runner-rig.ts'

// A runner as the process that a machine starts, beside a table of its own on loopback.

export interface RunnerProcess {
  readonly exit: Promise<unknown[]>
  /** All that it has printed, once it has ended. */
  readonly said: Promise<string>
  signal(name: NodeJS.Signals): void
  /** Sends SIGTERM and says how the process ended, and after how long. */
  terminate(): Promise<{ readonly ended: unknown[]; readonly tookMs: number }>
}

/** @param preload the source of a module that is loaded before the runner. */
export function startProcess(environment: NodeJS.ProcessEnv, preload = ''): RunnerProcess {
  const first = `data:text/javascript,${encodeURIComponent(preload)}`
  const child = spawn(process.execPath, ['--import', first, resolve('functions/runner.ts')], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exit = once(child, 'exit')
  return {
    exit,
    said: Promise.all([text(child.stdout), text(child.stderr)]).then((both) => both.join('\n')),
    signal: (name) => void child.kill(name),
    async terminate() {
      const askedMs = performance.now()
      child.kill('SIGTERM')
      return { ended: await exit, tookMs: performance.now() - askedMs }
    },
  }
}

/** What a runner's environment says when its home answers at `url`. */
export const homeAt = (url: string) => ({
  UPQUORUM_VOTER: 'lab-1',
  UPQUORUM_TABLE: localTable,
  UPQUORUM_HOMES: 'us-east-1',
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
})

/** A home whose plan has these checks, which are one shard, from now on. */
export async function startHome(checks: string) {
  const database = await startDatabase()
  onTestFinished(() => database.close())
  const store = dynamoStore(database.client, localTable)
  const nowSeconds = Math.floor(Date.now() / 1000)
  const { plan } = await applyPlan(store, configuration(checks), nowSeconds as Tick, nowSeconds)
  const { shard, checks: ordered } = plan.shards[0]!
  return {
    url: database.url,
    ballots: () => store.ballots(shard, nowSeconds as Tick, (nowSeconds + 300) as Tick, { consistent: true }),
    /** A ballot's numbers by the names of their checks. */
    byName: ({ ms }: { readonly ms: readonly number[] }) =>
      Object.fromEntries(ordered.map(({ name }, index) => [name, ms[index]!])),
  }
}
