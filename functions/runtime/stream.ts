import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda'
import type { ShardId } from '../../shared/check.ts'
import { shardOf } from '../../shared/store/keys.ts'
import { eachRecord } from './invocation.ts'
import type { Log } from './log.ts'

/** Handles each shard that a batch of stream records speaks of, once; all of its records share the outcome. */
export function eachShard(
  log: Log,
  event: DynamoDBStreamEvent,
  handle: (shard: ShardId) => Promise<void>,
): Promise<DynamoDBBatchResponse> {
  const handled = new Map<ShardId, Promise<void>>()
  return eachRecord(
    log,
    event.Records,
    (record) => record.dynamodb?.SequenceNumber ?? '',
    async (record) => {
      const shard = shardOf(record.dynamodb?.Keys?.pk?.S ?? '')
      const handling = handled.get(shard) ?? handle(shard)
      handled.set(shard, handling)
      await handling
    },
  )
}
