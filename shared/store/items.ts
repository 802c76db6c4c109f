import type { ShardId } from '../check.ts'
import type { Attributes } from './codec.ts'
import type { Sent } from './store.ts'

/** The content of an item that is stored as it is, without its keys and its writer's mark. */
export function contentOf<Content>({ pk: _pk, sk: _sk, mark: _mark, ...content }: Attributes): Content {
  return content as Content
}

/** What was sent of a shard before anything was: no cursors, no lease. */
export function emptySent(shard: ShardId): Sent {
  return { shard, revision: 0, leaseUntilMs: 0, cursors: {}, failing: {}, dead: {} }
}
