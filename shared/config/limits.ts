/** Maximum checks in a shard: 200 three-digit latencies fit into a ballot of one write unit (1 KB). */
export const maxChecksPerShard = 200

/** Maximum bytes of JSON in a shard's document; DynamoDB's limit for an item is 400 KB. */
export const maxShardBytes = 200 * 1024
