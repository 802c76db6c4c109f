import { type DeliverContext, deliver, reserveMs } from '../shared/alerts/deliver/deliver.ts'
import { deliverOwing } from '../shared/alerts/deliver/deliver-owing.ts'
import type { Publish } from '../shared/alerts/publish.ts'
import type { ShardId, VoterName } from '../shared/check.ts'
import type { EvaluationContext } from '../shared/evaluation/context.ts'
import { evaluate } from '../shared/evaluation/evaluate.ts'
import { sweep } from '../shared/evaluation/sweep.ts'
import { planReader } from '../shared/plan/reader.ts'
import { createFunction, type SimulatedFunction } from './function.ts'
import type { Machine } from './machine.ts'
import { eachMinute } from './minutes.ts'
import { createStream, type FailedShards } from './stream.ts'
import { startVoter, type VoterOptions } from './voter.ts'

/** Everything that runs: the functions of a home, and those of every voter. */
export interface WorldOptions extends VoterOptions {
  readonly voters: readonly VoterName[]
  readonly publishFrom: (machine: Machine) => Publish
}

const secondMs = 1_000

/** Starts the Scheduler's minutes, the streams and the queues; everything then happens in the loop. */
export function startWorld(options: WorldOptions): void {
  const { loop, random, faults, table } = options
  const quorum = handlerOf(options, 'quorum', 60 * secondMs, (context) => (shard) => evaluate(shard, context))
  const notify = handlerOf(
    options,
    'notify',
    60 * secondMs,
    (context) => (shard, untilMs) => deliver(shard, { ...context, untilMs: untilMs - reserveMs }),
  )
  const toQuorum = createStream({ loop, random: random.fork('to quorum'), faults, reader: quorum })
  const toNotify = createStream({ loop, random: random.fork('to notify'), faults, reader: notify })
  table.onRecord = (record) => (record.kind === 'ballot' ? toQuorum : toNotify)(record)

  const sweeping = sweepFunction(options)
  eachMinute(options, random.fork('sweep minutes'), () => sweeping.invoke(undefined))
  for (const voter of options.voters) startVoter(options, voter)
}

function homeContext(options: WorldOptions, machine: Machine): EvaluationContext & DeliverContext {
  const store = options.table.storeFor(machine)
  return {
    store,
    plans: planReader(store, machine.clock),
    clock: machine.clock,
    graceMs: options.graceMs,
    publish: options.publishFrom(machine),
  }
}

/** A reader of a stream: what it does with a shard, once for each in a batch. */
function handlerOf(
  options: WorldOptions,
  name: string,
  timeoutMs: number,
  make: (
    context: EvaluationContext & DeliverContext,
  ) => (shard: ShardId, untilMs: number) => Promise<unknown>,
): SimulatedFunction<readonly ShardId[], FailedShards> {
  return createFunction({
    ...options,
    random: options.random.fork(name),
    timeoutMs,
    start(machine) {
      const handle = make(homeContext(options, machine))
      return async (shards, untilMs) => {
        const outcomes = await Promise.allSettled(shards.map((shard) => handle(shard, untilMs)))
        return new Set(shards.filter((_, index) => outcomes[index]!.status === 'rejected'))
      }
    },
  })
}

function sweepFunction(options: WorldOptions): SimulatedFunction<undefined, void> {
  return createFunction({
    ...options,
    random: options.random.fork('sweep'),
    timeoutMs: 60 * secondMs,
    start(machine) {
      const context = homeContext(options, machine)
      let left: readonly ShardId[] = []
      return async (_event, functionEndsMs) => {
        const untilMs = functionEndsMs - reserveMs
        const swept = await sweep(context, left)
        left = swept.left
        await deliverOwing(swept.owing, { ...context, untilMs }, () => {})
      }
    },
  })
}
