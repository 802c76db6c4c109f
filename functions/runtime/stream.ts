import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda'
import type { ShardId } from '../../shared/check.ts'
import { shardOf } from '../../shared/store/keys.ts'
import { eachRecord } from './invocation.ts'
import type { Log } from './log.ts'

/** Calls `handle` once for each shard in a batch of stream records; all records of a shard share the outcome. */
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
