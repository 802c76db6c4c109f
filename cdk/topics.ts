import { Duration, Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Alias } from 'aws-cdk-lib/aws-kms'
import { BackoffFunction, Subscription, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import type { ContactName } from '../shared/check.ts'
import type { Config, Contact } from '../shared/config/config.ts'
import { topicName } from './names.ts'

/** Creates a topic per contact, with its endpoints as subscriptions. */
export function makeTopics(
  scope: Construct,
  { contacts, operators }: Config,
  undelivered: IQueue,
): ReadonlyMap<ContactName, Topic> {
  // The AWS managed key is free, and every principal allowed to use the topic may use it.
  const ownKey = Alias.fromAliasName(scope, 'sns-key', 'alias/aws/sns')
  return new Map(
    contacts.map((contact) => {
      const isOperators = contact.name === operators
      const topic = new Topic(scope, `contact-${contact.name}`, {
        topicName: topicName(contact.name),
        // The sender name of its mails, "AWS Notifications" by default.
        displayName: 'upquorum',
        enforceSSL: true,
        // The operators' topic has no key: CloudWatch alarms cannot publish to a topic with the AWS managed key, and a
        // customer managed key costs more a month than the whole monitor.
        ...(isOperators ? {} : { masterKey: ownKey }),
      })
      if (isOperators) allowAlarms(topic)
      subscribe(topic, contact, undelivered)
      return [contact.name, topic]
    }),
  )
}

/** Allows this account's CloudWatch alarms to publish to the topic. */
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
 * Retries of webhooks over 45 to 57 minutes, depending on the curve that SNS uses between the first and the last delay;
 * after that the message goes to the dead-letter queue. The default, three retries within a minute, is too short for a
 * receiver that restarts. SNS rejects a policy over 3,600 s in total ("Amazon SNS message delivery retries").
 */
const webhookRetries = {
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
 * Subscribes a contact's endpoints. Each construct is named by its address, so that adding or removing one endpoint
 * keeps the others and their confirmations.
 */
function subscribe(topic: Topic, { email, sms, webhook }: Contact, deadLetterQueue: IQueue): void {
  const common = { topic, deadLetterQueue }
  for (const endpoint of email)
    new Subscription(topic, endpoint, { ...common, endpoint, protocol: SubscriptionProtocol.EMAIL })
  for (const endpoint of sms)
    new Subscription(topic, endpoint, { ...common, endpoint, protocol: SubscriptionProtocol.SMS })
  for (const endpoint of webhook) {
    const protocol = /^http:/i.test(endpoint) ? SubscriptionProtocol.HTTP : SubscriptionProtocol.HTTPS
    new Subscription(topic, endpoint, { ...common, endpoint, protocol, deliveryPolicy: webhookRetries })
  }
}
