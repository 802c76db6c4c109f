import { paginateListSubscriptionsByTopic, type SNSClient } from '@aws-sdk/client-sns'
import type { Subscription } from '../../shared/alerts/subscriptions.ts'
import type { ContactName } from '../../shared/check.ts'
import { topicArn } from './settings.ts'

/** Lists every subscription of a contact's topic, 100 per request. */
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
      // SNS returns `PendingConfirmation` instead of an ARN, and `Deleted` for a while after an endpoint unsubscribed.
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
