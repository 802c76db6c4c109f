import { SNSClient } from '@aws-sdk/client-sns'
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda'
import { type DeliverContext, deliver, reserveMs } from '../shared/alerts/deliver/deliver.ts'
import { snsPublish } from '../shared/alerts/publish.ts'
import { planReader } from '../shared/plan/reader.ts'
import { lambdaClientConfig } from './runtime/aws-client.ts'
import { systemClock } from './runtime/clock.ts'
import { homeStore } from './runtime/home.ts'
import { type Invocable, invocable, lazily } from './runtime/invocation.ts'
import { type Log, lambdaLog, logUndelivered } from './runtime/log.ts'
import { tableName, topicArn } from './runtime/settings.ts'
import { eachShard } from './runtime/stream.ts'

/**
 * Delivers committed transitions. An unreachable contact or a lack of time does not fail the stream record: the
 * outbox keeps what is undelivered and the sweep retries it, so the stream never blocks.
 */
export function createNotify(
  context: DeliverContext,
  log: Log,
): Invocable<DynamoDBStreamEvent, DynamoDBBatchResponse> {
  return invocable(log, (event, lambda) => {
    const untilMs = context.clock.now() + lambda.getRemainingTimeInMillis() - reserveMs
    return eachShard(log, event, async (shard) => {
      logUndelivered(log, shard, await deliver(shard, { ...context, untilMs }))
    })
  })
}

export const handler = lazily(() => {
  const store = homeStore(tableName())
  const plans = planReader(store, systemClock)
  const publish = snsPublish(new SNSClient(lambdaClientConfig()), topicArn, systemClock)
  return createNotify({ store, plans, clock: systemClock, publish }, lambdaLog('notify'))
})
