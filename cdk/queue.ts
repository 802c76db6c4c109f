import { Duration, Validations } from 'aws-cdk-lib'
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'

/** Creates an encrypted queue that accepts TLS only. */
export function makeQueue(scope: Construct, id: string, settings: QueueProps): Queue {
  return new Queue(scope, id, { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, ...settings })
}

/** Creates a dead-letter queue with a retention of 14 days, the maximum of SQS. */
export function makeDeadLetters(scope: Construct, id: string, queueName: string): Queue {
  const queue = makeQueue(scope, id, { queueName, retentionPeriod: Duration.days(14) })
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason:
      'This is the dead-letter queue of a stream or a subscription, which the rule does not recognize as one.',
  })
  return queue
}
