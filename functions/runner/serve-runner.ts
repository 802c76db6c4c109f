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
  /** The regions of the homes. */
  readonly homes: readonly string[]
  readonly table: string
  /** A CloudWatch log group in this runner's own region. */
  readonly logGroup?: string | undefined
  /** Whether to exit when no home can be reached, so that a supervisor restarts it or replaces the machine. */
  readonly endsUnheard?: boolean
}

/** For sending the log's last lines: the process must end within five seconds, and the runner may take four. */
const closeLogWithinMs = 800
/** The same after a failure. It delays only the restart of the process, and CloudWatch answers well within it. */
const closeLogAfterFailureWithinMs = 3000

/**
 * Votes until SIGTERM, SIGINT or SIGHUP (a closed terminal), then ends the process within five seconds. With
 * `endsUnheard` it also ends when it has reached no home for ten minutes, with an exit code of `connectivity.ts`.
 * An uncaught error is logged and ends it with 1.
 *
 * @throws when its sockets cannot be opened.
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
      log.info(
        proof === 'voted' ? `${voter} votes` : `${voter} has nothing to vote on in the next few minutes`,
      )
    },
    onUnheard(wasHeard) {
      const remedy = endsUnheard ? remedyFor(wasHeard, uptime() * 1000) : 'patience'
      log.error(`no home could be reached for ten minutes: ${consequence[remedy]}`, { homes, remedy })
      if (remedy !== 'patience') endUnheard(exitCode[remedy])
    },
  })
  log.info(`${voter} has started`, { homes, method: sockets.method })
  const why = await Promise.race([stopSignal(), unheard])
  systemd.stopping()
  await runner.stop()
  sockets.close()
  log.info(`${voter} has stopped`, typeof why === 'number' ? { exitCode: why } : { signal: why })
  await shipped?.close(closeLogWithinMs)
  // Work that did not end in time must not keep the process alive.
  process.exit(typeof why === 'number' ? why : exitCode.stopped)
}

const consequence = {
  patience: 'the runner keeps trying',
  restart: 'this process exits so that a new one is started',
  replace: 'a new process did not help, so this machine is to be replaced',
} as const

function openLog({ logGroup }: ServedRunner): { readonly log: Log; readonly shipped?: ShippedLog } {
  const local = lambdaLog('runner')
  if (logGroup === undefined) return { log: local }
  // Log stream names must not contain colons.
  const stream = new Date(clock.now()).toISOString().replaceAll(':', '-')
  const shipped = shipLog(local, cloudWatchStream(logGroup, stream, runnerClientConfig), clock)
  return { log: shipped, shipped }
}

/**
 * Logs an uncaught error and exits. Node's own handling would print the failing source line, which in a minified bundle
 * is the whole program, and would log nothing to CloudWatch.
 */
async function endFailed(error: unknown, log: Log, shipped: ShippedLog | undefined): Promise<never> {
  const stack = error instanceof Error ? { stack: error.stack } : {}
  log.error(`the runner failed: ${nameOf(error)}`, stack)
  await shipped?.close(closeLogAfterFailureWithinMs)
  process.exit(exitCode.restart)
}

/**
 * Resolves with the first signal to stop. The handlers stay installed: a signal to the whole process group arrives a
 * second time through the launcher, and must not cut the stop short.
 */
function stopSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, resolve)
  return promise
}
