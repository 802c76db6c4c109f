import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { createResolver } from '../shared/network/resolve.ts'
import { anyHome } from '../shared/plan/homes.ts'
import { planReader } from '../shared/plan/reader.ts'
import type { Job } from '../shared/plan/schedule.ts'
import { type Cast, type CastContext, castBallot, castMeanings } from '../shared/probing/cast.ts'
import { createSecrets } from '../shared/secrets/resolve.ts'
import { longestCallMs } from './runtime/aws-client.ts'
import { systemClock } from './runtime/clock.ts'
import { homeStore } from './runtime/home.ts'
import { eachMessage, type Invocable, invocable, lazily } from './runtime/invocation.ts'
import { type Log, lambdaLog } from './runtime/log.ts'
import { cloudGraceMs, homeRegions, privateAllowed, tableName, voterName } from './runtime/settings.ts'

/**
 * Casts one ballot per record; each record is a job that the queue held back until its tick. When time runs out, the
 * voter abstains on unfinished checks and writes the ballot before the function times out.
 */
export function createProbe(context: CastContext, log: Log): Invocable<SQSEvent, SQSBatchResponse> {
  return invocable(log, (event, lambda) => {
    const stopAtMs = context.clock.now() + lambda.getRemainingTimeInMillis() - longestCallMs
    return eachMessage(
      log,
      event.Records,
      (record) => record.messageId,
      async (record) => {
        const job = JSON.parse(record.body) as Job
        const cast = await castBallot(job, { ...context, stopAtMs })
        if (cast === 'cast') return
        if (isMissed(cast) && !isRetry(record))
          throw new Error(`${castMeanings[cast]} (${job.shard} ${job.tick})`)
        log.warn(castMeanings[cast], { ...job, cast })
      },
    )
  })
}

/** Whether a ballot that should have counted does not; it is raised as a function error so that the alarm sees it. */
function isMissed(cast: Cast): boolean {
  return cast === 'late' || cast === 'stale'
}

/** A missed tick is reported once; on its second delivery the job only has to leave the queue. */
function isRetry({ attributes }: SQSRecord): boolean {
  return Number(attributes.ApproximateReceiveCount) > 1
}

export const handler = lazily(() => {
  const homes = new Map(homeRegions().map((region) => [region, homeStore(tableName(), region)]))
  const context: CastContext = {
    voter: voterName(),
    plans: planReader(anyHome([...homes.values()]), systemClock),
    homes,
    clock: systemClock,
    graceMs: cloudGraceMs,
    createResolver: () => createResolver(),
    // No `env`: a Lambda's environment holds its role's credentials, so `env:` secrets are for local runs and runners.
    secret: createSecrets({ clock: systemClock }),
    privateAllowed: privateAllowed(),
  }
  return createProbe(context, lambdaLog('probe'))
})
