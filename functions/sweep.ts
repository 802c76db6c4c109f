import { SNSClient } from '@aws-sdk/client-sns'
import { type DeliverContext, reserveMs } from '../shared/alerts/deliver/deliver.ts'
import { deliverOwing } from '../shared/alerts/deliver/deliver-owing.ts'
import { snsPublish } from '../shared/alerts/publish.ts'
import type { ShardId } from '../shared/check.ts'
import type { EvaluationContext } from '../shared/evaluation/evaluate.ts'
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
 * Each minute: what the streams cannot do. They report no silence, and they do not retry for ever; this
 * evaluates and delivers the same way, for whatever is past its deadline or undelivered. It fails only after
 * it has done what could be done.
 *
 * What is left for want of time is a failure too: an alert waits for it. One such minute is nothing; three of five
 * are the operators' alarm.
 */
export function createSweep(
  context: EvaluationContext & DeliverContext,
  log: Log,
): Invocable<unknown, { delivered: number }> {
  // Kept from minute to minute while the function is warm.
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
      throw new AggregateError(problems, `${problems.length} failed, the first so: ${nameOf(problems[0])}`)
    }
    return { delivered: owing.length }
  })
}

/** One line for each reason, since a table that is gone fails every shard. A single one is told by what is thrown. */
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
