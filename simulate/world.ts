import { type DeliverContext, deliver, reserveMs } from '../shared/alerts/deliver/deliver.ts'
import { deliverOwing } from '../shared/alerts/deliver/deliver-owing.ts'
import type { Publish } from '../shared/alerts/publish.ts'
import type { ShardId, VoterName } from '../shared/check.ts'
import type { EvaluationContext } from '../shared/evaluation/context.ts'
import { evaluate } from '../shared/evaluation/evaluate.ts'
import { sweep } from '../shared/evaluation/sweep.ts'
import type { ShardPlan } from '../shared/plan/plan.ts'
import { planReader } from '../shared/plan/reader.ts'
import type { Job } from '../shared/plan/schedule.ts'
import { castBallot } from '../shared/probing/cast.ts'
import { enqueueMinute } from '../shared/probing/enqueue.ts'
import type { Probed, ShardProbing } from '../shared/probing/shard.ts'
import type { Faults } from './faults.ts'
import { createFunction, type SimulatedFunction } from './function.ts'
import type { Loop } from './loop.ts'
import { code, type Machine } from './machine.ts'
import { createQueue } from './queue.ts'
import type { Random } from './random.ts'
import { createStream, type FailedShards } from './stream.ts'
import type { Table } from './table.ts'
import type { Targets } from './targets.ts'

/** Everything that runs: the functions of a home, and those of every voter. */
export interface WorldOptions {
  readonly loop: Loop
  readonly random: Random
  readonly faults: Faults
  readonly table: Table
  readonly home: string
  readonly voters: readonly VoterName[]
  readonly targets: Targets
  readonly publishFrom: (machine: Machine) => Publish
  readonly graceMs: number
}

const minuteMs = 60_000
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

/** What AWS calls each minute, some time within it, at least once as a rule. */
function eachMinute(
  { loop, faults }: WorldOptions,
  random: Random,
  call: (minuteSeconds: number) => Promise<unknown>,
): void {
  const invoke = (minuteSeconds: number) => void call(minuteSeconds).catch(() => {})
  const minute = () => {
    const minuteSeconds = Math.floor(loop.now() / minuteMs) * 60
    if (!faults.strikes('lostSchedule')) {
      loop.after(random.int(0, 59_000), code.schedule, () => invoke(minuteSeconds))
    }
    if (faults.strikes('doubleSchedule')) {
      loop.after(random.int(0, 90_000), code.schedule, () => invoke(minuteSeconds))
    }
    loop.after(minuteMs - (loop.now() % minuteMs), code.schedule, minute)
  }
  loop.after(0, code.schedule, minute)
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

/** A voter's schedule, queue and probes. */
function startVoter(options: WorldOptions, voter: VoterName): void {
  const { loop, faults, table, home, graceMs } = options
  const random = options.random.fork(voter)
  const skewMs = faults.strikes('skew') ? faults.random('skew').int(-4_000, 4_000) : 0
  let awayUntilMs = 0
  const isAway = () => {
    if (faults.strikes('voterAway')) {
      awayUntilMs = loop.now() + faults.random('voterAway').int(20_000, 900_000)
    }
    return loop.now() < awayUntilMs
  }
  const common = { ...options, random, skewMs }

  const probe = createFunction<{ readonly job: Job; readonly attempt: number }, void>({
    ...common,
    timeoutMs: 90 * secondMs,
    start(machine) {
      const store = table.storeFor(machine)
      const context = {
        voter,
        plans: planReader(store, machine.clock),
        homes: new Map([[home, store]]),
        clock: machine.clock,
        graceMs,
        createResolver: unused,
        secret: unused,
        privateAllowed: false,
        probe: probeWith(options, voter, random),
      }
      return async ({ job, attempt }, untilMs) => {
        if (isAway()) throw new Error('away')
        const cast = await castBallot(job, { ...context, stopAtMs: untilMs - 10 * secondMs })
        if ((cast === 'late' || cast === 'stale') && attempt === 1) throw new Error(cast)
      }
    },
  })
  const queueFor = createQueue({ loop, random: random.fork('queue'), faults, probe })

  const schedule = createFunction<number, number>({
    ...common,
    timeoutMs: 60 * secondMs,
    start(machine) {
      const store = table.storeFor(machine)
      const context = {
        voter,
        plans: planReader(store, machine.clock),
        queue: queueFor(machine),
        delaysFromSending: true,
        clock: machine.clock,
      }
      return (minuteSeconds) => enqueueMinute(minuteSeconds, context)
    },
  })
  eachMinute(options, random.fork('minutes'), (minuteSeconds) => schedule.invoke(minuteSeconds))
}

function unused(): never {
  throw new Error('a simulated voter opens no connection')
}

/** Plays a shard's targets: each answers after a while, silence takes the check's timeout. */
function probeWith({ loop, faults, targets }: WorldOptions, voter: VoterName, random: Random) {
  return async (
    { checks }: Pick<ShardPlan, 'checks'>,
    { clock, deadlineMs = Number.POSITIVE_INFINITY }: ShardProbing,
  ): Promise<readonly Probed[]> => {
    const votes = checks.map((check) => ({ check, vote: targets.look(check.name, voter, loop.now()) }))
    const slowestMs = Math.max(
      0,
      ...votes.map(({ check, vote }) =>
        vote.vote === 'offline' && vote.reason === 'timeout' ? check.timeoutMs : 'ms' in vote ? vote.ms : 50,
      ),
    )
    const slowVoterMs = faults.strikes('slowVoter') ? faults.random('slowVoter').int(5_000, 30_000) : 0
    const endsMs = Math.min(clock.now() + slowestMs + slowVoterMs + random.int(0, 50), deadlineMs)
    await new Promise<void>((resolve) => void clock.timer(Math.max(0, endsMs - clock.now()), resolve))
    return votes.map(({ check, vote }) => ({ check: check.name, vote, phases: {} }))
  }
}
