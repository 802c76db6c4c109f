import type { VoterName } from '../shared/check.ts'
import { lastKnownPlans } from '../shared/plan/last-known-plans.ts'
import type { ShardPlan } from '../shared/plan/plan.ts'
import { type PlanReader, planReader } from '../shared/plan/reader.ts'
import type { Job } from '../shared/plan/schedule.ts'
import { castBallot } from '../shared/probing/cast.ts'
import { enqueueMinute } from '../shared/probing/enqueue.ts'
import type { Probed, ShardProbing } from '../shared/probing/shard.ts'
import type { Store } from '../shared/store/store.ts'
import type { Faults } from './faults.ts'
import { createFunction } from './function.ts'
import type { Loop } from './loop.ts'
import { code, type Machine } from './machine.ts'
import { eachMinute } from './minutes.ts'
import type { PunctualJudge } from './punctual.ts'
import { createQueue } from './queue.ts'
import type { Random } from './random.ts'
import type { Table } from './table.ts'
import type { Targets } from './targets.ts'

/** What a voter is in touch with. */
export interface VoterOptions {
  readonly loop: Loop
  readonly random: Random
  readonly faults: Faults
  readonly table: Table
  /** The region of the one home. */
  readonly home: string
  readonly targets: Targets
  readonly punctual: Pick<PunctualJudge, 'onProbe' | 'onBallot'>
  readonly graceMs: number
}

const secondMs = 1_000

/** A voter's schedule, queue and probes. */
export function startVoter(options: VoterOptions, voter: VoterName): void {
  const { loop, faults, home, graceMs, punctual } = options
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
  const plansFor = plansOf(options, voter)

  const probe = createFunction<{ readonly job: Job; readonly attempt: number }, void>({
    ...common,
    timeoutMs: 90 * secondMs,
    start(machine) {
      const store = voterStore(options, machine)
      const probing = probeWith(options, voter, random)
      const context = {
        voter,
        plans: plansFor(store, machine),
        homes: new Map([[home, store]]),
        clock: machine.clock,
        graceMs,
        createResolver: unused,
        secret: unused,
        privateAllowed: false,
      }
      return async ({ job, attempt }, untilMs) => {
        if (isAway()) throw new Error('away')
        const cast = await castBallot(job, {
          ...context,
          stopAtMs: untilMs - 10 * secondMs,
          probe(shard, settings) {
            punctual.onProbe(voter, job)
            return probing(shard, settings)
          },
        })
        if ((cast === 'late' || cast === 'stale') && attempt === 1) throw new Error(cast)
      }
    },
  })
  const queueFor = createQueue({ loop, random: random.fork('queue'), faults, probe })

  const schedule = createFunction<number, number>({
    ...common,
    timeoutMs: 60 * secondMs,
    start(machine) {
      const context = {
        voter,
        plans: plansFor(options.table.storeFor(machine), machine),
        queue: queueFor(machine),
        delaysFromSending: true,
        clock: machine.clock,
      }
      return (minuteSeconds) => enqueueMinute(minuteSeconds, context)
    },
  })
  eachMinute(options, random.fork('minutes'), (minuteSeconds) => schedule.invoke(minuteSeconds))
}

/** The table as a voter writes to it: its ballots are judged as they are sent, and some take long. */
function voterStore({ loop, faults, table, graceMs, punctual }: VoterOptions, machine: Machine): Store {
  const store = table.storeFor(machine)
  // Not where calls hang as well: whether a ballot that is written after the deadline was read cannot be known.
  const isSlow = !faults.on.includes('hang')
  return {
    ...store,
    async putBallot(shard, ballot, settings) {
      punctual.onBallot(shard, ballot, settings.late, machine.clock.now())
      const document = table.document(ballot.plan, shard)
      if (document !== undefined && isSlow && !settings.late && faults.strikes('slowVoter')) {
        const timeoutMs = Math.max(...document.checks.map((check) => check.timeoutMs))
        const atMs = ballot.tick * 1000 + timeoutMs + graceMs + faults.random('slowVoter').int(-500, -20)
        await new Promise<void>((resolve) => void loop.after(atMs - loop.now(), code.timer, resolve))
      }
      return store.putBallot(shard, ballot, settings)
    },
  }
}

/** How the processes of a voter read plans. */
function plansOf(
  { loop, faults }: VoterOptions,
  voter: VoterName,
): (store: Store, machine: Machine) => PlanReader {
  let lostUntilMs = 0
  return (store, machine) => {
    if (!faults.on.includes('oldPlan')) return planReader(store, machine.clock)
    const currentPlan = async () => {
      if (faults.strikes('oldPlan')) {
        lostUntilMs = loop.now() + faults.random('oldPlan').int(60_000, 1_800_000)
      }
      if (loop.now() < lostUntilMs && !faults.areOver()) throw new Error('the home cannot be read')
      return store.currentPlan()
    }
    const reader = planReader({ ...store, currentPlan }, machine.clock)
    return lastKnownPlans(reader, voter, machine.clock, { onLost() {}, onFound() {} })
  }
}

function unused(): never {
  throw new Error('a simulated voter opens no connection')
}
/** Plays a shard's targets: each answers after a while, silence takes the check's timeout. */
function probeWith({ loop, faults, targets }: VoterOptions, voter: VoterName, random: Random) {
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
