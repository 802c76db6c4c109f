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
 * Each record is a job that the queue has held until its tick. A voter whose time runs out abstains from what it
 * could not finish, and writes the ballot while it still can.
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
        if (isMissed(cast) && !isAgain(record))
          throw new Error(`${castMeanings[cast]} (${job.shard} ${job.tick})`)
        log.warn(castMeanings[cast], { ...job, cast })
      },
    )
  })
}

/** There should have been a ballot that counts, and there is none: an error of the function, so that somebody hears of it. */
function isMissed(cast: Cast): boolean {
  return cast === 'late' || cast === 'stale'
}

/** A tick that is missed is told once: the second time the job has only to go away. */
function isAgain({ attributes }: SQSRecord): boolean {
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
    // A Lambda's environment holds the credentials of its role: `env:` is for local runs and runners.
    secret: createSecrets({ clock: systemClock }),
    privateAllowed: privateAllowed(),
  }
  return createProbe(context, lambdaLog('probe'))
})
