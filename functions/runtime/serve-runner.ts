import type { VoterName } from '../../shared/check.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import { systemClock as clock } from '../clock.ts'
import { cloudWatchStream } from './cloudwatch.ts'
import { tableClient } from './home.ts'
import { lambdaLog } from './log.ts'
import { shipLog } from './log-stream.ts'
import { openSockets } from './raw.ts'
import { startRunner } from './runner.ts'
import { cloudGraceMs } from './settings.ts'
import { systemSupervisor } from './supervisor.ts'

/** A home that does not answer within this is unreachable: its ballots wait in the spool. */
const patience = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true },
}

export interface ServedRunner {
  readonly voter: VoterName
  /** Regions. */
  readonly homes: readonly string[]
  readonly table: string
  /** Of CloudWatch, in this runner's own region. */
  readonly logGroup?: string | undefined
}

/** What is left of the log's last seconds, after the runner has taken four of the five. */
const closeLogWithinMs = 800

/**
 * Votes until SIGTERM or SIGINT, then ends the process within five seconds. Throws when its sockets cannot
 * be opened.
 */
export async function serveRunner({ voter, homes, table, logGroup }: ServedRunner): Promise<never> {
  const local = lambdaLog('runner')
  // Stream names have no colons.
  const stream = new Date(clock.now()).toISOString().replaceAll(':', '-')
  const shipped =
    logGroup === undefined ? undefined : shipLog(local, cloudWatchStream(logGroup, stream, patience), clock)
  const log = shipped ?? local
  const { sockets, caveat } = await openSockets()
  if (caveat !== undefined) log.warn(caveat, { method: sockets.method })
  const supervisor = await systemSupervisor()
  const runner = startRunner({
    voter,
    homes: new Map(homes.map((region) => [region, dynamoStore(tableClient({ region, ...patience }), table)])),
    sockets,
    clock,
    log,
    graceMs: cloudGraceMs,
    onAlive: supervisor.alive,
  })
  supervisor.ready()
  log.info(`${voter} votes`, { homes, method: sockets.method })
  const signal = await askedToStop()
  supervisor.stopping()
  await runner.stop()
  sockets.close()
  log.info(`${voter} has stopped`, { signal })
  await shipped?.close(closeLogWithinMs)
  // What could not end in time must not keep the process.
  process.exit(0)
}

function askedToStop(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
  return promise
}
