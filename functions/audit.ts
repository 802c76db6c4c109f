import { readFile } from 'node:fs/promises'
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns'
import { noticeMessage } from '../shared/alerts/format/message.ts'
import { type Publish, snsPublish } from '../shared/alerts/publish.ts'
import { type Subscription, unsubscribed } from '../shared/alerts/subscriptions.ts'
import type { Notice } from '../shared/alerts/transition.ts'
import { alertId, type CheckName, type ContactName, tickAtOrBefore } from '../shared/check.ts'
import type { Clock } from '../shared/clock.ts'
import type { Config } from '../shared/config/config.ts'
import { lambdaClientConfig } from './runtime/aws-client.ts'
import { systemClock } from './runtime/clock.ts'
import { type Invocable, invocable, lazily } from './runtime/invocation.ts'
import { type Log, lambdaLog, nameOf } from './runtime/log.ts'
import { topicArn } from './runtime/settings.ts'

/** What of the configuration is deployed with this function. */
export type Audited = Pick<Config, 'contacts'> & { readonly operators: ContactName }

export interface AuditDependencies {
  /** The text of `Audited`. */
  configuration(): Promise<string>
  subscriptions(contact: ContactName): Promise<readonly Subscription[]>
  readonly publish: Publish
  readonly clock: Clock
  readonly log: Log
}

/**
 * Each day: tells the operators which endpoints hear nothing. It publishes by itself, not through an outbox: it
 * decides nothing and changes no item, and what is lost of it is told again the next day.
 */
export function createAudit(dependencies: AuditDependencies): Invocable<unknown, { told: number }> {
  const { configuration, subscriptions, publish, clock, log } = dependencies
  return invocable(log, async () => {
    const { contacts, operators } = JSON.parse(await configuration()) as Audited
    const tick = tickAtOrBefore(clock.now() / 1000, 1)
    const notices: Notice[] = []
    for (const contact of contacts) {
      try {
        notices.push(...unsubscribed(contact, await subscriptions(contact.name), tick))
      } catch (error) {
        notices.push({
          alertId: alertId(`contact/${contact.name}` as CheckName, tick),
          about: 'contact',
          name: contact.name,
          state: 'lost',
          tick,
          detail: `The subscriptions of its topic cannot be listed: ${nameOf(error)}`,
        })
      }
    }
    for (const { about, name, detail } of notices) log.warn(`${about} ${name}: ${detail}`)
    if (notices.length > 0) await publish(operators, noticeMessage(notices))
    return { told: notices.length }
  })
}

/** Every subscription of a contact's topic, 100 a page. */
export async function listSubscriptions(
  client: SNSClient,
  contact: ContactName,
): Promise<readonly Subscription[]> {
  const listed: Subscription[] = []
  const pages = paginateListSubscriptionsByTopic(
    { client, stopOnSameToken: true },
    { TopicArn: topicArn(contact) },
  )
  for await (const { Subscriptions = [] } of pages) {
    for (const { Protocol = '', Endpoint = '', SubscriptionArn = '' } of Subscriptions) {
      // Instead of an ARN: `PendingConfirmation`, and `Deleted` for a while after somebody unsubscribed.
      if (SubscriptionArn === 'Deleted') continue
      listed.push({
        protocol: Protocol,
        endpoint: Endpoint,
        confirmed: SubscriptionArn !== 'PendingConfirmation',
      })
    }
  }
  return listed
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
