import { Duration, Validations } from 'aws-cdk-lib'
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'

/** A queue that is encrypted and speaks TLS only. */
export function makeQueue(scope: Construct, id: string, settings: QueueProps): Queue {
  return new Queue(scope, id, { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, ...settings })
}

/** Where something ends that nobody could handle; people have two weeks, SQS's longest, to look. */
export function makeDeadLetters(scope: Construct, id: string, queueName: string): Queue {
  const queue = makeQueue(scope, id, { queueName, retentionPeriod: Duration.days(14) })
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'It is a dead-letter queue itself, of a stream or a subscription, where the rule does not look.',
  })
  return queue
}
