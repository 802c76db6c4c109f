/** At most this many checks in a shard: 200 three-digit latencies fit a ballot of one write unit (1 KB). */
export const maxChecksPerShard = 200

/** At most this many bytes of JSON in a shard's document; DynamoDB's own limit for an item is 400 KB. */
export const maxShardBytes = 200 * 1024
