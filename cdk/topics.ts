import { Duration, Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Alias } from 'aws-cdk-lib/aws-kms'
import { BackoffFunction, Subscription, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import type { ContactName } from '../shared/check.ts'
import type { Config, Contact } from '../shared/config/config.ts'
import { topicName } from './names.ts'

/** A topic per contact, with its endpoints as subscriptions. */
export function makeTopics(
  scope: Construct,
  { contacts, operators }: Config,
  undelivered: IQueue,
): ReadonlyMap<ContactName, Topic> {
  // AWS's own key costs nothing and lets every principal use it that may use the topic.
  const ownKey = Alias.fromAliasName(scope, 'sns-key', 'alias/aws/sns')
  return new Map(
    contacts.map((contact) => {
      const isOperators = contact.name === operators
      const topic = new Topic(scope, `contact-${contact.name}`, {
        topicName: topicName(contact.name),
        // The sender's name of its mails, which is "AWS Notifications" otherwise.
        displayName: 'upquorum',
        enforceSSL: true,
        // CloudWatch cannot publish to a topic under AWS's own key, and a customer's key costs more a month
        // than the whole monitor: the contact that hears of alarms goes without.
        ...(isOperators ? {} : { masterKey: ownKey }),
      })
      if (isOperators) allowAlarms(topic)
      subscribe(topic, contact, undelivered)
      return [contact.name, topic]
    }),
  )
}

/** The alarms of this account and region may publish. */
function allowAlarms(topic: Topic): void {
  const { account } = Stack.of(topic)
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'alarms',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  )
}

/**
 * SNS's default for webhooks is three retries within a minute; a receiver that is being restarted needs more
 * patience. Nor may there be more of it: SNS refuses a policy whose retries take over 3,600 s in all ("Amazon
 * SNS message delivery retries"). These take 45 to 57 minutes, whatever curve the four between the first and
 * the last delay follow. What is still not delivered then goes to a queue.
 */
const webhookPatience = {
  healthyRetryPolicy: {
    numRetries: 20,
    numNoDelayRetries: 1,
    numMaxDelayRetries: 15,
    minDelayTarget: Duration.seconds(5),
    maxDelayTarget: Duration.seconds(180),
    backoffFunction: BackoffFunction.EXPONENTIAL,
  },
}

/**
 * Subscribes a contact's endpoints. Each is named by its address, so that adding or removing one leaves the
 * others, and their confirmations, alone.
 */
function subscribe(topic: Topic, { email, sms, webhook }: Contact, deadLetterQueue: IQueue): void {
  const common = { topic, deadLetterQueue }
  for (const endpoint of email)
    new Subscription(topic, endpoint, { ...common, endpoint, protocol: SubscriptionProtocol.EMAIL })
  for (const endpoint of sms)
    new Subscription(topic, endpoint, { ...common, endpoint, protocol: SubscriptionProtocol.SMS })
  for (const endpoint of webhook) {
    const protocol = /^http:/i.test(endpoint) ? SubscriptionProtocol.HTTP : SubscriptionProtocol.HTTPS
    new Subscription(topic, endpoint, { ...common, endpoint, protocol, deliveryPolicy: webhookPatience })
  }
}
