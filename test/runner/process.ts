import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { localTable, startDatabase } from '../../functions/dev/cloud/database.ts'
import type { Tick } from '../../shared/check.ts'
import { applyPlan } from '../../shared/plan/apply.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import { configuration } from './rig.ts'

// A runner as a machine starts it, with its own table on loopback.

export interface RunnerProcess {
  readonly exit: Promise<unknown[]>
  /** Everything it printed, once it has ended. */
  readonly said: Promise<string>
  signal(name: NodeJS.Signals): void
  /** Sends SIGTERM; returns how the process ended and how long that took. */
  terminate(): Promise<{ readonly ended: unknown[]; readonly tookMs: number }>
}

const runner = resolve('functions/runner/main.ts')

/** @param preload the source of a module to load before the runner. */
export function startProcess(environment: NodeJS.ProcessEnv, preload = ''): RunnerProcess {
  const first = `data:text/javascript,${encodeURIComponent(preload)}`
  const child = spawn(process.execPath, ['--import', first, runner], optionsWith(environment))
  return observed(child, (name) => void child.kill(name))
}

/** Starts the runner through the launcher in its own process group, and signals the group. */
export function startGroup(environment: NodeJS.ProcessEnv): RunnerProcess {
  const command = [resolve('functions/launch.mjs'), 'node', runner]
  const child = spawn(process.execPath, command, { ...optionsWith(environment), detached: true })
  return observed(child, (name) => void process.kill(-child.pid!, name))
}

const optionsWith = (environment: NodeJS.ProcessEnv) => ({
  env: { PATH: process.env.PATH, ...environment },
  stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
})

function observed(
  child: ChildProcessByStdio<null, Readable, Readable>,
  signal: RunnerProcess['signal'],
): RunnerProcess {
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) signal('SIGKILL')
  })
  const exit = once(child, 'exit')
  return {
    exit,
    said: Promise.all([text(child.stdout), text(child.stderr)]).then((both) => both.join('\n')),
    signal,
    async terminate() {
      const askedMs = performance.now()
      signal('SIGTERM')
      return { ended: await exit, tookMs: performance.now() - askedMs }
    },
  }
}

/** The environment of a runner whose home is at `url`. */
export const homeAt = (url: string) => ({
  UPQUORUM_VOTER: 'lab-1',
  UPQUORUM_TABLE: localTable,
  UPQUORUM_HOMES: 'us-east-1',
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
})

/** A home whose current plan has these checks, in one shard. */
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
    /** The packed votes of a ballot by check. */
    byName: ({ ms }: { readonly ms: readonly number[] }) =>
      Object.fromEntries(ordered.map(({ name }, index) => [name, ms[index]!])),
  }
}
