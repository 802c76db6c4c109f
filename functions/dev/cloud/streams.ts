import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { marshall, type NativeAttributeValue } from '@aws-sdk/util-dynamodb'
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda'
import { marshallOptions } from '../../runtime/home.ts'

// dynalite has no streams. Every write in this project is a PutItem, so a client middleware can create the stream
// record once the write is done, with the image that it replaced.

/** Calls `onRecord` after every item written through `client`, in the order of the responses. */
export function recordWrites(
  client: DynamoDBDocumentClient,
  onRecord: (record: DynamoDBRecord) => void,
): void {
  let sequence = 0
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName !== 'PutItemCommand') return next(args)
      const input = args.input as { Item: Attributes; ReturnValues?: string }
      const result = await next({ ...args, input: { ...input, ReturnValues: 'ALL_OLD' } })
      const { Attributes: old } = result.output as { Attributes?: Attributes }
      const image = imageOf(input.Item)
      sequence++
      onRecord({
        eventID: String(sequence),
        eventName: old === undefined ? 'INSERT' : 'MODIFY',
        eventSource: 'aws:dynamodb',
        dynamodb: {
          Keys: { pk: image.pk!, sk: image.sk! },
          NewImage: image,
          ...(old === undefined ? {} : { OldImage: imageOf(old) }),
          SequenceNumber: String(sequence),
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
      })
      return result
    },
    { step: 'initialize', name: 'recordWrites' },
  )
}

type Attributes = Record<string, NativeAttributeValue>

function imageOf(item: Attributes): Record<string, AttributeValue> {
  return marshall(item, marshallOptions) as Record<string, AttributeValue>
}

/** The filter of quorum's event source: a new ballot. */
export function isNewBallot({ eventName, dynamodb }: DynamoDBRecord): boolean {
  return eventName === 'INSERT' && dynamodb?.Keys?.sk?.S?.startsWith('BALLOT#') === true
}

/** The filter of notify's event source: an outbox that is not empty. */
export function isDue({ dynamodb }: DynamoDBRecord): boolean {
  return dynamodb?.NewImage?.due !== undefined
}
