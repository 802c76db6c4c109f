import type { ShardId } from '../../check.ts'
import { type DeliverContext, deliver, type Undelivered } from './deliver.ts'

/**
 * Delivers what several shards owe, one after the other; a shard that cannot be delivered holds up no other.
 *
 * @param onUndelivered told of each contact that could not be reached.
 * @returns one error for each shard that failed, and one for those that `untilMs` left no time for.
 */
export async function deliverOwing(
  owing: readonly ShardId[],
  context: DeliverContext & { readonly untilMs: number },
  onUndelivered: (shard: ShardId, undelivered: readonly Undelivered[]) => void,
): Promise<readonly Error[]> {
  const failures: Error[] = []
  for (const [index, shard] of owing.entries()) {
    if (context.clock.now() > context.untilMs) {
      const left = owing.length - index
      failures.push(
        new Error(`${left} of ${owing.length} shards were not delivered in time; the next sweep tries again`),
      )
      break
    }
    try {
      onUndelivered(shard, await deliver(shard, context))
    } catch (cause) {
      failures.push(new Error(`the shard ${shard} could not be delivered: ${cause}`, { cause }))
    }
  }
  return failures
}
