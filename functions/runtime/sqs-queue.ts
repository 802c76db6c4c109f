import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Queue } from '../../shared/probing/queue.ts'
import { nameOf } from '../../shared/text/error.ts'

/** An SQS queue whose messages are jobs as JSON. */
export function sqsQueue(client: SQSClient, queueUrl: string): Queue {
  return {
    // The limit of SendMessageBatch (SQS quotas).
    maxBatch: 10,
    async send(batch) {
      const Entries = batch.map(({ job, delaySeconds }, index) => ({
        Id: String(index),
        MessageBody: JSON.stringify(job),
        DelaySeconds: delaySeconds,
      }))
      try {
        const { Failed = [] } = await client.send(
          new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }),
        )
        return Failed.map(({ Id, Code }) => ({
          job: batch[Number(Id)]!.job,
          why: Code ?? 'no reason given',
        }))
      } catch (error) {
        return batch.map(({ job }) => ({ job, why: nameOf(error) }))
      }
    },
  }
}
