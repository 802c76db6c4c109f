import { SQSClient } from '@aws-sdk/client-sqs'
import type { Clock } from '../shared/clock.ts'
import { anyHome } from '../shared/plan/homes.ts'
import { planReader } from '../shared/plan/reader.ts'
import { type EnqueueContext, enqueueMinute } from '../shared/probing/enqueue.ts'
import { lambdaClientConfig } from './runtime/aws-client.ts'
import { systemClock } from './runtime/clock.ts'
import { homeStore } from './runtime/home.ts'
import { type Invocable, invocable, lazily } from './runtime/invocation.ts'
import { type Log, lambdaLog } from './runtime/log.ts'
import { homeRegions, queueUrl, tableName, voterName } from './runtime/settings.ts'
import { sqsQueue } from './runtime/sqs-queue.ts'

/** The Scheduler's payload. `time` is the scheduled minute, `<aws.scheduler.scheduled-time>`. */
export interface ScheduleEvent {
  readonly time: string
}

/** Runs every minute and queues the jobs of the minute that starts 60 s after the scheduled one. */
export function createSchedule(
  context: EnqueueContext,
  log: Log,
): Invocable<ScheduleEvent, { queued: number }> {
  return invocable(log, async ({ time }) => ({
    queued: await enqueueMinute(minuteOf(time, context.clock), context),
  }))
}

/** The scheduled minute in epoch seconds, or the current minute if the payload has no valid time. */
function minuteOf(time: string, clock: Clock): number {
  const scheduledMs = Date.parse(time)
  return Math.floor((Number.isNaN(scheduledMs) ? clock.now() : scheduledMs) / 60_000) * 60
}

export const handler = lazily(() =>
  createSchedule(
    {
      voter: voterName(),
      plans: planReader(anyHome(homeRegions().map((region) => homeStore(tableName(), region))), systemClock),
      queue: sqsQueue(new SQSClient(lambdaClientConfig()), queueUrl()),
      delaysFromSending: true,
      clock: systemClock,
    },
    lambdaLog('schedule'),
  ),
)
