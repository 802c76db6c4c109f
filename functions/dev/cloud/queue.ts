import { createHash, randomUUID } from 'node:crypto'
import type { SQSEvent, SQSRecord } from 'aws-lambda'
import type { Clock } from '../../../shared/clock.ts'
import type { Job } from '../../../shared/plan/schedule.ts'
import type { Answer } from './endpoint.ts'

/** A queue whose messages appear after a delay of at most 900 s, as in SQS. */
export interface DelayQueue {
  /** Answers SQS's `SendMessageBatch`. */
  sendBatch(body: string): Answer
  /** Drops messages that have not appeared yet. */
  clear(): void
}

interface BatchEntry {
  readonly Id: string
  readonly MessageBody: string
  readonly DelaySeconds?: number
}

/** @param consume receives each message after its delay, as the event that SQS would send. */
export function delayQueue(clock: Clock, consume: (event: SQSEvent) => void): DelayQueue {
  const pending = new Set<() => void>()

  function send({ MessageBody, DelaySeconds = 0 }: BatchEntry): {
    MessageId: string
    MD5OfMessageBody: string
  } {
    const MessageId = randomUUID()
    const cancel = clock.timer(delayMs(MessageBody, DelaySeconds), () => {
      pending.delete(cancel)
      consume({ Records: [recordOf(MessageId, MessageBody)] })
    })
    pending.add(cancel)
    return { MessageId, MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') }
  }

  /**
   * The sender rounds a job's delay up to whole seconds, which can make it up to a second late. The local grace of 2 s
   * is too short for that, so the delay is taken from the job's tick instead.
   */
  function delayMs(body: string, delaySeconds: number): number {
    const { tick } = JSON.parse(body) as Partial<Job>
    const roundedMs = delaySeconds * 1000
    return tick === undefined ? roundedMs : Math.min(roundedMs, Math.max(0, tick * 1000 - clock.now()))
  }

  return {
    sendBatch(body) {
      const { Entries } = JSON.parse(body) as { Entries: BatchEntry[] }
      const Successful = Entries.map((entry) => ({ Id: entry.Id, ...send(entry) }))
      return {
        status: 200,
        type: 'application/x-amz-json-1.0',
        body: JSON.stringify({ Successful, Failed: [] }),
      }
    },
    clear() {
      for (const cancel of pending) cancel()
      pending.clear()
    },
  }
}

function recordOf(messageId: string, body: string): SQSRecord {
  return {
    messageId,
    receiptHandle: messageId,
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: 'local',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: createHash('md5').update(body).digest('hex'),
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:local:000000000000:probes',
    awsRegion: 'local',
  }
}
