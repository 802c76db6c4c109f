import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda'
import type { EvaluationContext } from '../shared/evaluation/context.ts'
import { evaluate } from '../shared/evaluation/evaluate.ts'
import { planReader } from '../shared/plan/reader.ts'
import { systemClock } from './runtime/clock.ts'
import { homeStore } from './runtime/home.ts'
import { type Invocable, invocable, lazily } from './runtime/invocation.ts'
import { type Log, lambdaLog } from './runtime/log.ts'
import { cloudGraceMs, tableName } from './runtime/settings.ts'
import { eachShard } from './runtime/stream.ts'

/** Evaluates a shard on each new ballot, since any ballot may decide the shard's oldest open tick. */
export function createQuorum(
  context: EvaluationContext,
  log: Log,
): Invocable<DynamoDBStreamEvent, DynamoDBBatchResponse> {
  return invocable(log, (event) =>
    eachShard(log, event, async (shard) => {
      await evaluate(shard, context)
    }),
  )
}

export const handler = lazily(() => {
  const store = homeStore(tableName())
  const plans = planReader(store, systemClock)
  return createQuorum({ store, plans, clock: systemClock, graceMs: cloudGraceMs }, lambdaLog('quorum'))
})
