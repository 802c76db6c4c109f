import { uptime } from 'node:os'
import type { VoterName } from '../../shared/check.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import { nameOf } from '../../shared/text/error.ts'
import { runnerClientConfig } from '../runtime/aws-client.ts'
import { systemClock as clock } from '../runtime/clock.ts'
import { tableClient } from '../runtime/home.ts'
import { type Log, lambdaLog } from '../runtime/log.ts'
import { openSockets } from '../runtime/raw.ts'
import { cloudGraceMs } from '../runtime/settings.ts'
import { cloudWatchStream } from './cloudwatch.ts'
import { exitCode, remedyFor } from './connectivity.ts'
import { type ShippedLog, shipLog } from './log-stream.ts'
import { startRunner } from './runner.ts'
import { notifySystemd } from './systemd.ts'

export interface ServedRunner {
  readonly voter: VoterName
  /** Regions. */
  readonly homes: readonly string[]
  readonly table: string
  /** Of CloudWatch, in this runner's own region. */
  readonly logGroup?: string | undefined
  /** Whether somebody starts the process again when it ends because it reaches no home, or makes a new machine. */
  readonly endsUnheard?: boolean
}

/** What is left of the log's last seconds, after the runner has taken four of the five. */
const closeLogWithinMs = 800
/** Nobody waits for a process that has failed, but another is to be started: CloudWatch answers well within this. */
const lastWordsWithinMs = 3000

/**
 * Votes until SIGTERM, SIGINT or SIGHUP (a terminal that was closed), then ends the process within five seconds.
 * With `endsUnheard` it also ends, with an exit code of `connectivity.ts`, when it has reached no home for long. An error
 * that nobody has caught is logged and ends it with 1. Throws when its sockets cannot be opened.
 */
export async function serveRunner(served: ServedRunner): Promise<never> {
  const { voter, homes, table, endsUnheard = false } = served
  const { log, shipped } = openLog(served)
  process.on('uncaughtException', (error) => void endFailed(error, log, shipped))
  const { sockets, caveat } = await openSockets()
  if (caveat !== undefined) log.warn(caveat, { method: sockets.method })
  const systemd = await notifySystemd()
  const { promise: unheard, resolve: endUnheard } = Promise.withResolvers<number>()
  const runner = startRunner({
    voter,
    homes: new Map(
      homes.map((region) => [region, dynamoStore(tableClient({ region, ...runnerClientConfig }), table)]),
    ),
    sockets,
    clock,
    log,
    graceMs: cloudGraceMs,
    onAlive: systemd.alive,
    onReady(proof) {
      systemd.ready()
      log.info(proof === 'voted' ? `${voter} votes` : `${voter} has nothing to vote on for the next minutes`)
    },
    onUnheard(wasHeard) {
      const remedy = endsUnheard ? remedyFor(wasHeard, uptime() * 1000) : 'patience'
      log.error(`nothing has reached a home for ten minutes: ${consequence[remedy]}`, { homes, remedy })
      if (remedy !== 'patience') endUnheard(exitCode[remedy])
    },
  })
  log.info(`${voter} has started`, { homes, method: sockets.method })
  const why = await Promise.race([askedToStop(), unheard])
  systemd.stopping()
  await runner.stop()
  sockets.close()
  log.info(`${voter} has stopped`, typeof why === 'number' ? { exitCode: why } : { signal: why })
  await shipped?.close(closeLogWithinMs)
  // What could not end in time must not keep the process.
  process.exit(typeof why === 'number' ? why : exitCode.stopped)
}

const consequence = {
  patience: 'it goes on trying',
  restart: 'this process ends, for another to be started',
  replace: 'a new process has not helped, so this machine is given up for another',
} as const

function openLog({ logGroup }: ServedRunner): { readonly log: Log; readonly shipped?: ShippedLog } {
  const local = lambdaLog('runner')
  if (logGroup === undefined) return { log: local }
  // Stream names have no colons.
  const stream = new Date(clock.now()).toISOString().replaceAll(':', '-')
  const shipped = shipLog(local, cloudWatchStream(logGroup, stream, runnerClientConfig), clock)
  return { log: shipped, shipped }
}

/**
 * Node itself would print the line of the source where it happened, which in a bundle is all of it, and would
 * tell CloudWatch nothing.
 */
async function endFailed(error: unknown, log: Log, shipped: ShippedLog | undefined): Promise<never> {
  const stack = error instanceof Error ? { stack: error.stack } : {}
  log.error(`the runner has failed: ${nameOf(error)}`, stack)
  await shipped?.close(lastWordsWithinMs)
  process.exit(exitCode.restart)
}

/** The handlers stay: a signal to the whole group comes again from the launcher, and must not cut the stop short. */
function askedToStop(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, resolve)
  return promise
}
