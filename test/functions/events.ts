import { createHash } from 'node:crypto'
import type { Context, DynamoDBRecord, SQSRecord } from 'aws-lambda'
import type { Log } from '../../functions/runtime/log.ts'

// Events with every field that AWS sends, as documented.

export const context = {
  callbackWaitsForEmptyEventLoop: true,
  functionVersion: '$LATEST',
  functionName: 'upquorum',
  memoryLimitInMB: '256',
  logGroupName: '/aws/lambda/upquorum',
  logStreamName: '2026/11/20/[$LATEST]7f3c',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:upquorum',
  awsRequestId: '1cf5b05c-5e2f-4f8f-9d0e-6d3a3a4b4c5d',
  getRemainingTimeInMillis: () => 60_000,
} as Context

let messages = 0

/** A queue message, as an event source mapping passes it to a function. */
export function sqsRecord(body: string): SQSRecord {
  messages++
  return {
    messageId: `059f36b4-87a3-44ab-83d2-${String(messages).padStart(12, '0')}`,
    receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '1790000040183',
      SenderId: 'AIDAIENQZJOLO23YVJ4VO',
      ApproximateFirstReceiveTimestamp: '1790000040185',
    },
    messageAttributes: {},
    md5OfBody: createHash('md5').update(body).digest('hex'),
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:upquorum-jobs',
    awsRegion: 'us-east-1',
  }
}

let sequence = 4_421_584_500_000_000_000

/** A stream record of the table. */
export function streamRecord(pk: string, sk: string, image: DynamoDBRecord['dynamodb'] = {}): DynamoDBRecord {
  sequence += 1024
  const key = { pk: { S: pk }, sk: { S: sk } }
  return {
    eventID: createHash('md5').update(String(sequence)).digest('hex'),
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    dynamodb: {
      ApproximateCreationDateTime: 1_790_000_040,
      Keys: key,
      NewImage: key,
      SequenceNumber: String(sequence),
      SizeBytes: 120,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
      ...image,
    },
    eventSourceARN: 'arn:aws:dynamodb:us-east-1:123456789012:table/upquorum/stream/2026-11-20T00:00:00.000',
  }
}

/** A log that collects its lines as `level message`. */
export function recordingLog(): Log & { readonly lines: readonly string[] } {
  const lines: string[] = []
  const at =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      lines.push(`${level} ${message}${'error' in fields ? `: ${fields.error}` : ''}`)
    }
  return { lines, info: at('info'), warn: at('warn'), error: at('error') }
}
