import { readFile } from 'node:fs/promises'
import { SNSClient } from '@aws-sdk/client-sns'
import { auditContacts } from '../shared/alerts/audit.ts'
import { noticeMessage } from '../shared/alerts/format/message.ts'
import { type Publish, snsPublish } from '../shared/alerts/publish.ts'
import type { Subscription } from '../shared/alerts/subscriptions.ts'
import { type ContactName, tickAtOrBefore } from '../shared/check.ts'
import type { Clock } from '../shared/clock.ts'
import type { Config } from '../shared/config/config.ts'
import { lambdaClientConfig } from './runtime/aws-client.ts'
import { systemClock } from './runtime/clock.ts'
import { type Invocable, invocable, lazily } from './runtime/invocation.ts'
import { type Log, lambdaLog } from './runtime/log.ts'
import { topicArn } from './runtime/settings.ts'
import { listSubscriptions } from './runtime/subscriptions.ts'

/** The part of the configuration that is deployed with this function. */
export type Audited = Pick<Config, 'contacts'> & { readonly operators: ContactName }

export interface AuditDependencies {
  /** `Audited` as JSON. */
  configuration(): Promise<string>
  subscriptions(contact: ContactName): Promise<readonly Subscription[]>
  readonly publish: Publish
  readonly clock: Clock
  readonly log: Log
}

/**
 * Tells the operators once a day which endpoints receive no alerts. It publishes directly instead of through an
 * outbox: it decides nothing and writes nothing, and a lost message is repeated the next day.
 */
export function createAudit(dependencies: AuditDependencies): Invocable<unknown, { told: number }> {
  const { configuration, subscriptions, publish, clock, log } = dependencies
  return invocable(log, async () => {
    const { contacts, operators } = JSON.parse(await configuration()) as Audited
    const tick = tickAtOrBefore(clock.now() / 1000, 1)
    const notices = await auditContacts(contacts, subscriptions, tick)
    for (const { about, name, detail } of notices) log.warn(`${about} ${name}: ${detail}`)
    if (notices.length > 0) await publish(operators, noticeMessage(notices))
    return { told: notices.length }
  })
}

export const handler = lazily(() => {
  const client = new SNSClient(lambdaClientConfig())
  return createAudit({
    configuration: () => readFile(new URL('./audited.json', import.meta.url), 'utf8'),
    subscriptions: (contact) => listSubscriptions(client, contact),
    publish: snsPublish(client, topicArn, systemClock),
    clock: systemClock,
    log: lambdaLog('audit'),
  })
})
