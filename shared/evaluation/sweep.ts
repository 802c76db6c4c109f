import { isoOf, type ShardId, tickAtOrBefore } from '../check.ts'
import { mapConcurrently } from '../concurrency.ts'
import type { PlanIndex } from '../plan/plan.ts'
import type { State } from '../quorum/state.ts'
import type { Sent } from '../store/store.ts'
import type { EvaluationContext } from './evaluate.ts'
import { evaluateShard, type ReadShard } from './evaluate-shard.ts'
import { monitorShard } from './monitor/health.ts'
import { updateHealth } from './monitor/update-health.ts'

/** A shard of some plan that is still of interest, and its interval. */
type Known = Pick<PlanIndex['shards'][number], 'shard' | 'intervalSeconds'>

/** Every shard of the plans in force, to come, and lately superseded: a shard that ended may still owe an alert. */
export async function knownShards({ plans }: Pick<EvaluationContext, 'plans'>): Promise<readonly Known[]> {
  const shards = new Map<ShardId, Known>()
  for (const { version } of await plans.entries()) {
    for (const known of (await plans.index(version)).shards) shards.set(known.shard, known)
  }
  return [...shards.values()]
}

/** What a sweep found. */
export interface Swept {
  /**
   * The shards that owe a delivery, in the order in which to try: those for which nothing failed yet before the one
   * that was tried the longest ago, of those the longest due first; the watch last.
   */
  readonly owing: readonly ShardId[]
  /** One for each shard that could not be settled, one for those left over, one for the watch. */
  readonly failures: readonly Error[]
  /** The shards that there was no time for: the next sweep is to begin with them. */
  readonly left: readonly ShardId[]
}

/**
 * So many shards are settled at once. One waits for the table most of its time; but one that fell behind reads
 * 240 ticks at a time, some 20 MB while eight voters' ballots are parsed, and a sweep has 256 MB.
 */
const atOnce = 8
/**
 * A sweep has 60 s: 10 to begin reading states, 15 to begin settling, 15 for what was begun last, 20 for the
 * deliveries.
 */
const readWithinMs = 10_000
const settleWithinMs = 15_000

/**
 * Settles every shard once more, for what no stream record will tell of: deadlines that passed in silence.
 * Then brings the watch over the monitor itself up to date. A shard that cannot be settled holds up no other.
 *
 * Of the shards whose states there is time to read, the one whose next tick is the oldest comes first.
 *
 * @param first the shards that the sweep before has left: they are read first, in their order. So every shard is
 *   reached within some minutes, however many there are for one.
 */
export async function sweep(context: EvaluationContext, first: readonly ShardId[] = []): Promise<Swept> {
  const { store, plans, clock } = context
  const known = beginningWith(first, await knownShards(context))
  // To the second: what begins and ends within a minute has two alertIds.
  const now = tickAtOrBefore(clock.now() / 1000, 1)
  const plan = await plans.entryAt(now)
  const readUntilMs = clock.now() + readWithinMs
  const read = await mapConcurrently(atOnce, known, async ({ shard }) =>
    clock.now() > readUntilMs ? undefined : { before: await store.state(shard, { consistent: false }) },
  )
  const unread = read.done.flatMap(([each, found]) => (found === undefined ? [each] : []))
  const readable = read.done.flatMap(([each, found]) => (found === undefined ? [] : [{ ...each, ...found }]))
  // Counted from here: however slowly a table answers, some are settled each minute.
  const settleUntilMs = clock.now() + settleWithinMs
  const visited = await mapConcurrently(atOnce, readable.sort(byNextTick), async (each) =>
    clock.now() > settleUntilMs ? undefined : evaluateShard(each, plan?.version, context),
  )
  const unsettled = visited.done.flatMap(([each, found]) => (found === undefined ? [each] : []))
  const left = [...unsettled, ...unread].map(({ shard }) => shard)
  const failures = [...read.failed, ...visited.failed].map(
    ([{ shard }, cause]) => new Error(`the shard ${shard} could not be settled: ${cause}`, { cause }),
  )
  if (left.length > 0) failures.unshift(new Error(tellLeft(unsettled, unread, known.length)))

  const shards = visited.done.flatMap(([, found]) => found ?? [])
  const stale = unsettled.flatMap(({ before }) => (before === undefined ? [] : [{ state: before }]))
  const owing = owingIn([...shards, ...stale])
  if (plan === undefined) return { owing, failures, left }
  try {
    const owes = await updateHealth({ shards, areAll: failures.length === 0 }, now, plan.version, context)
    return { owing: owes ? [...owing, monitorShard] : owing, failures, left }
  } catch (cause) {
    // What the checks owe is owed whether the monitor can look after itself or not.
    const failure = new Error(`the monitor's watch over itself could not be kept: ${cause}`, { cause })
    return { owing, failures: [...failures, failure], left }
  }
}

/** The shards in another order: first these, as far as they are known. */
function beginningWith(first: readonly ShardId[], known: readonly Known[]): readonly Known[] {
  const isFirst = new Set(first)
  const byId = new Map(known.map((each) => [each.shard, each]))
  return [
    ...first.flatMap((shard) => byId.get(shard) ?? []),
    ...known.filter(({ shard }) => !isFirst.has(shard)),
  ]
}

/** A shard that nothing is known of yet has nothing to wait for; where all are well, the shortest interval is last. */
function byNextTick(one: ReadShard, other: ReadShard): number {
  const nextTick = ({ before, intervalSeconds }: ReadShard) => (before?.tick ?? 0) + intervalSeconds
  return nextTick(one) - nextTick(other)
}

function tellLeft(unsettled: readonly ReadShard[], unread: readonly Known[], all: number): string {
  const count = unsettled.length + unread.length
  const told = `${count} of ${all} shards are left for the next sweep, which begins with them`
  const [first] = unsettled
  if (first === undefined) return `${told}: there was no time to read them`
  const since =
    first.before === undefined ? 'was never settled' : `was last settled at ${isoOf(first.before.tick)}`
  const further = unread.length === 0 ? '' : `; ${unread.length} of them were not even read`
  return `${told}: the first, ${first.shard}, ${since}${further}`
}

/** The shards that owe a delivery, in the order of `Patrolled`: whoever has time for a few only tries all of them in time. */
function owingIn(shards: readonly { readonly state: State; readonly sent?: Sent }[]): readonly ShardId[] {
  const triedMs = (sent: Sent | undefined) =>
    Math.max(0, ...Object.values(sent?.failing ?? {}).map((failing) => failing.triedMs))
  return shards
    .filter(({ state }) => state.due > 0)
    .map(({ state, sent }) => ({ state, triedMs: triedMs(sent) }))
    .sort((one, other) => one.triedMs - other.triedMs || one.state.due - other.state.due)
    .map(({ state }) => state.shard)
}
