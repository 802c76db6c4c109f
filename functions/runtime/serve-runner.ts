import type { VoterName } from '../../shared/check.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import { systemClock as clock } from '../clock.ts'
import { tableClient } from './home.ts'
import { lambdaLog } from './log.ts'
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
}

/**
 * Votes until SIGTERM or SIGINT, then ends the process within five seconds. Throws when its sockets cannot
 * be opened.
 */
export async function serveRunner({ voter, homes, table }: ServedRunner): Promise<never> {
  const log = lambdaLog('runner')
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
  // What could not end in time must not keep the process.
  process.exit(0)
}

function askedToStop(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
  return promise
}
