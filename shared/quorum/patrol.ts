import { isoOf, type PlanVersion, type ShardId, tickAtOrBefore } from '../check.ts'
import type { PlanIndex } from '../plan/plan.ts'
import type { Sent } from '../store/store.ts'
import { type SettleContext, settle } from './settle.ts'
import { type State, seenAt } from './state.ts'
import { missesSince, type Watched } from './troubles.ts'
import { inTurns } from './turns.ts'
import { watchShard } from './watch.ts'
import { keepWatch } from './watchkeeping.ts'

/** A shard of some plan that is still of interest, and its interval. */
type Known = Pick<PlanIndex['shards'][number], 'shard' | 'intervalSeconds'>

/** Every shard of the plans in force, to come, and lately superseded: a shard that ended may still owe an alert. */
export async function knownShards({ plans }: Pick<SettleContext, 'plans'>): Promise<readonly Known[]> {
  const shards = new Map<ShardId, Known>()
  for (const { version } of await plans.entries()) {
    for (const known of (await plans.index(version)).shards) shards.set(known.shard, known)
  }
  return [...shards.values()]
}

/** What a patrol found. */
export interface Patrolled {
  /**
   * The shards that owe a delivery, in the order in which to try: those for which nothing failed yet before the one
   * that was tried the longest ago, of those the longest due first; the watch last.
   */
  readonly owing: readonly ShardId[]
  /** One for each shard that could not be settled, one for those left over, one for the watch. */
  readonly failures: readonly Error[]
}

/**
 * So many shards are settled at once. One waits for the table most of its time; but one that fell behind reads
 * 240 ticks at a time, some 20 MB while eight voters' ballots are parsed, and a sweep has 256 MB.
 */
const atOnce = 8
/** No shard is begun later. A sweep has 60 s: 15 are for what was begun last, 25 for the deliveries. */
const beginWithinMs = 20_000

/**
 * Settles every shard once more, for what no stream record will tell of: deadlines that passed in silence.
 * Then brings the watch over the monitor itself up to date. A shard that cannot be settled holds up no other.
 *
 * The shard whose next tick is the oldest comes first. Where there is no time for all of them, those left over
 * are therefore the first of the next patrol.
 */
export async function patrol(context: SettleContext): Promise<Patrolled> {
  const { store, plans, clock } = context
  const known = await knownShards(context)
  // To the second: what begins and ends within a minute has two alertIds.
  const now = tickAtOrBefore(clock.now() / 1000, 1)
  const plan = await plans.entryAt(now)
  const read = await inTurns(atOnce, known, ({ shard }) => store.state(shard, { consistent: false }))
  const standing = read.done.map(([each, before]) => ({ ...each, before })).sort(byNextTick)
  // Counted from here: however slowly a table answers, some are settled each minute.
  const beginUntilMs = clock.now() + beginWithinMs
  const visited = await inTurns(atOnce, standing, async (each) =>
    clock.now() > beginUntilMs ? undefined : visit(each, plan?.version, context),
  )
  const left = visited.done.filter(([, found]) => found === undefined).map(([each]) => each)
  const failures = [...read.failed, ...visited.failed].map(
    ([{ shard }, cause]) => new Error(`the shard ${shard} could not be settled: ${cause}`, { cause }),
  )
  if (left.length > 0) failures.unshift(new Error(tellLeft(left, known.length)))

  const shards = visited.done.flatMap(([, found]) => found ?? [])
  const unsettled = left.flatMap(({ before }) => (before === undefined ? [] : [{ state: before }]))
  const owing = owingIn([...shards, ...unsettled])
  if (plan === undefined) return { owing, failures }
  // What stands in a shard that was not settled is neither wrong nor well: the watch waits for it.
  const watched = failures.length === 0 ? shards : undefined
  try {
    const owes = await keepWatch(watched, now, plan.version, context)
    return { owing: owes ? [...owing, watchShard] : owing, failures }
  } catch (cause) {
    // What the checks owe is owed whether the monitor can look after itself or not.
    const failure = new Error(`the monitor's watch over itself could not be kept: ${cause}`, { cause })
    return { owing, failures: [...failures, failure] }
  }
}

/** A shard and its state as it was read before it is settled. */
type Standing = Known & { readonly before: State | undefined }

/** A shard that nothing is known of yet has nothing to wait for; where all are well, the shortest interval is last. */
function byNextTick(one: Standing, other: Standing): number {
  const nextTick = ({ before, intervalSeconds }: Standing) => (before?.tick ?? 0) + intervalSeconds
  return nextTick(one) - nextTick(other)
}

function tellLeft(left: readonly Standing[], all: number): string {
  const { shard, before } = left[0]!
  const since = before === undefined ? 'was never settled' : `was last settled at ${isoOf(before.tick)}`
  return `${left.length} of ${all} shards are left for the next sweep, which begins with them: the first, ${shard}, ${since}`
}

/** The shards that owe a delivery, in the order of `Patrolled`: whoever has time for a few only tries all in turns. */
function owingIn(shards: readonly { readonly state: State; readonly sent?: Sent }[]): readonly ShardId[] {
  const triedMs = (sent: Sent | undefined) =>
    Math.max(0, ...Object.values(sent?.failing ?? {}).map((failing) => failing.triedMs))
  return shards
    .filter(({ state }) => state.due > 0)
    .map(({ state, sent }) => ({ state, triedMs: triedMs(sent) }))
    .sort((one, other) => one.triedMs - other.triedMs || one.state.due - other.state.due)
    .map(({ state }) => state.shard)
}

/** Settles one shard; what it found there is none, one, or none yet. */
async function visit(
  { shard, intervalSeconds, before }: Standing,
  inForce: PlanVersion | undefined,
  context: SettleContext,
): Promise<readonly Watched[]> {
  const settled = await settle(shard, context, before)
  if (settled === undefined) return []
  const state = await withSlowest(settled, intervalSeconds, context)
  const sent = await context.store.sent(shard)
  const alerted = Object.keys(sent.dead).length === 0 ? [] : await alertedBy(shard, inForce, context)
  return [{ state, intervalSeconds, sent, alerted }]
}

/** The contacts that a shard alerts under a plan. */
async function alertedBy(
  shard: ShardId,
  version: PlanVersion | undefined,
  { plans }: SettleContext,
): Promise<readonly string[]> {
  const planned = version && (await plans.shard(version, shard))
  return (planned?.checks ?? []).flatMap(({ alerts }) => alerts.map(({ contact }) => contact))
}

/** The state with every voter as heard of by now, where it seems to miss one. */
async function withSlowest(
  state: State,
  intervalSeconds: number,
  { store }: Pick<SettleContext, 'store'>,
): Promise<State> {
  const from = missesSince(state, intervalSeconds)
  if (from === undefined) return state
  const ballots = await store.ballots(state.shard, from, state.tick, { consistent: false, votesOnly: true })
  return { ...state, seen: ballots.reduce((seen, ballot) => seenAt(seen, ballot.tick, [ballot]), state.seen) }
}
