import { SNSClient } from '@aws-sdk/client-sns'
import { type DeliverContext, reserveMs } from '../shared/alerts/deliver/deliver.ts'
import { deliverOwing } from '../shared/alerts/deliver/deliver-owing.ts'
import { snsPublish } from '../shared/alerts/publish.ts'
import type { ShardId } from '../shared/check.ts'
import type { EvaluationContext } from '../shared/evaluation/context.ts'
import { sweep } from '../shared/evaluation/sweep.ts'
import { planReader } from '../shared/plan/reader.ts'
import { nameOf } from '../shared/text/error.ts'
import { lambdaClientConfig } from './runtime/aws-client.ts'
import { systemClock } from './runtime/clock.ts'
import { homeStore } from './runtime/home.ts'
import { type Invocable, invocable, lazily } from './runtime/invocation.ts'
import { type Log, lambdaLog, logUndelivered } from './runtime/log.ts'
import { cloudGraceMs, tableName, topicArn } from './runtime/settings.ts'

/**
 * Runs every minute and does what streams cannot: they do not report missing ballots and do not retry forever. It
 * evaluates every tick past its deadline and delivers every undelivered outbox, and throws only after trying all.
 *
 * Running out of time counts as a failure, because an alert is waiting. One such minute is harmless; three of five
 * raise the operators' alarm.
 */
export function createSweep(
  context: EvaluationContext & DeliverContext,
  log: Log,
): Invocable<unknown, { delivered: number }> {
  // Shards that the last sweep had no time to evaluate; kept while the function is warm.
  let left: readonly ShardId[] = []
  return invocable(log, async (_event, lambda) => {
    const { clock } = context
    const untilMs = clock.now() + lambda.getRemainingTimeInMillis() - reserveMs
    const swept = await sweep(context, left)
    left = swept.left
    const { owing } = swept
    const undelivered = await deliverOwing(owing, { ...context, untilMs }, (shard, contacts) =>
      logUndelivered(log, shard, contacts),
    )
    const problems = [...swept.failures, ...undelivered]
    if (problems.length > 0) {
      logProblems(log, problems)
      throw new AggregateError(problems, `${problems.length} failed, the first with: ${nameOf(problems[0])}`)
    }
    return { delivered: owing.length }
  })
}

/** Logs one line per reason, since a missing table fails every shard. A single reason is in the error thrown anyway. */
function logProblems(log: Log, problems: readonly Error[]): void {
  const byReason = Map.groupBy(problems, (problem) => nameOf(problem.cause ?? problem))
  if (byReason.size === 1) return
  for (const [first, ...others] of byReason.values()) {
    const more = others.length === 0 ? '' : `; ${others.length} more failed for the same reason`
    log.error(`${first!.message}${more}`)
  }
}

export const handler = lazily(() => {
  const store = homeStore(tableName())
  const plans = planReader(store, systemClock)
  const publish = snsPublish(new SNSClient(lambdaClientConfig()), topicArn, systemClock)
  return createSweep({ store, plans, clock: systemClock, publish, graceMs: cloudGraceMs }, lambdaLog('sweep'))
})
