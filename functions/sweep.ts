import { SNSClient } from '@aws-sdk/client-sns'
import { type DeliverContext, deliver } from '../shared/alerts/deliver.ts'
import { snsPublish } from '../shared/alerts/publish.ts'
import { planReader } from '../shared/plan/reader.ts'
import { patrol } from '../shared/quorum/patrol.ts'
import type { SettleContext } from '../shared/quorum/settle.ts'
import { systemClock } from './clock.ts'
import { homeStore } from './runtime/home.ts'
import { type Invocable, invocable, lazily } from './runtime/invocation.ts'
import { type Log, lambdaLog, logUndelivered, nameOf } from './runtime/log.ts'
import { patiently } from './runtime/patience.ts'
import { cloudGraceMs, tableName, topicArn } from './runtime/settings.ts'

/** What one delivery needs that hangs at its first contact: ten seconds for SNS, and the table around it. */
const deliveryMs = 15_000

/**
 * Each minute: what the streams cannot do. They report no silence, and they do not retry for ever; this
 * evaluates and delivers the same way, for whatever is past its deadline or undelivered. It fails only after
 * it has done what could be done.
 */
export function createSweep(
  context: SettleContext & DeliverContext,
  log: Log,
): Invocable<unknown, { delivered: number }> {
  return invocable(log, async (_event, lambda) => {
    const { owing, failures } = await patrol(context)
    const problems: unknown[] = [...failures]
    for (const [index, shard] of owing.entries()) {
      if (lambda.getRemainingTimeInMillis() < deliveryMs) {
        problems.push(
          new Error(
            `${owing.length - index} of ${owing.length} shards are left for the next minute to deliver`,
          ),
        )
        break
      }
      try {
        logUndelivered(log, shard, await deliver(shard, context))
      } catch (error) {
        problems.push(error)
      }
    }
    if (problems.length > 0) {
      throw new AggregateError(problems, `${problems.length} failed, the first so: ${nameOf(problems[0])}`)
    }
    return { delivered: owing.length }
  })
}

export const handler = lazily(() => {
  const store = homeStore(tableName())
  const plans = planReader(store, systemClock)
  const publish = snsPublish(new SNSClient(patiently()), topicArn, systemClock)
  return createSweep({ store, plans, clock: systemClock, publish, graceMs: cloudGraceMs }, lambdaLog('sweep'))
})
