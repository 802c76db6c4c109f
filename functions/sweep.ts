import { SNSClient } from '@aws-sdk/client-sns'
import { type DeliverContext, deliver } from '../shared/alerts/deliver.ts'
import { snsPublish } from '../shared/alerts/publish.ts'
import { planReader } from '../shared/plan/reader.ts'
import { patrol } from '../shared/quorum/patrol.ts'
import type { SettleContext } from '../shared/quorum/settle.ts'
import { systemClock } from './clock.ts'
import { homeStore } from './runtime/home.ts'
import { type Invocable, invocable, lazily } from './runtime/invocation.ts'
import { type Log, lambdaLog, logUndelivered } from './runtime/log.ts'
import { cloudGraceMs, tableName, topicArn } from './runtime/settings.ts'

/**
 * Each minute: what the streams cannot do. They report no silence, and they do not retry for ever; this
 * evaluates and delivers the same way, for whatever is past its deadline or undelivered.
 */
export function createSweep(
  context: SettleContext & DeliverContext,
  log: Log,
): Invocable<unknown, { delivered: number }> {
  return invocable(log, async () => {
    const owing = await patrol(context)
    for (const shard of owing) logUndelivered(log, shard, await deliver(shard, context))
    return { delivered: owing.length }
  })
}

export const handler = lazily(() => {
  const store = homeStore(tableName())
  const plans = planReader(store, systemClock)
  const publish = snsPublish(new SNSClient(), topicArn, systemClock)
  return createSweep(
    { store, plans, clock: systemClock, publish, graceMs: cloudGraceMs },
    lambdaLog('sweep'),
  )
})
