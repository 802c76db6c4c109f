import { isoOf, type ShardId, tickAtOrBefore } from '../check.ts'
import { mapConcurrently } from '../concurrency.ts'
import type { PlanIndex } from '../plan/plan.ts'
import type { State } from '../quorum/state.ts'
import type { Sent } from '../store/store.ts'
import type { EvaluationContext } from './context.ts'
import { evaluateShard, type ReadShard } from './evaluate-shard.ts'
import { monitorShard } from './monitor/health.ts'
import { updateHealth } from './monitor/update-health.ts'

/** A shard of a plan in force, announced or recently superseded. */
type KnownShard = Pick<PlanIndex['shards'][number], 'shard' | 'intervalSeconds'>

/** Every shard of the plans in force, announced and recently superseded: a retired shard may still owe an alert. */
export async function knownShards({
  plans,
}: Pick<EvaluationContext, 'plans'>): Promise<readonly KnownShard[]> {
  const shards = new Map<ShardId, KnownShard>()
  for (const { version } of await plans.entries()) {
    for (const known of (await plans.index(version)).shards) shards.set(known.shard, known)
  }
  return [...shards.values()]
}

/** The result of a sweep. */
export interface Swept {
  /**
   * The shards that owe a delivery, in the order in which to try them:
   * 1. those without a failed delivery, the longest due first;
   * 2. those with one, the least recently tried first;
   * 3. the monitor's own shard.
   */
  readonly owing: readonly ShardId[]
  /** One for the shards left over, one for each shard that could not be evaluated, one for the monitor's health. */
  readonly failures: readonly Error[]
  /** The shards there was no time for; the next sweep should start with them. */
  readonly left: readonly ShardId[]
}

/**
 * Maximum shards evaluated at once. An evaluation mostly waits for the table, but one that fell behind reads
 * 240 ticks at a time, about 20 MB while eight voters' ballots are parsed, and a sweep has 256 MB.
 */
const concurrentShards = 8
/**
 * A sweep has 60 s: 10 s to start reading states, 15 s to start evaluations, 15 s for the last of those to end,
 * 20 s for the deliveries.
 */
const readWithinMs = 10_000
const evaluateWithinMs = 15_000

/**
 * Evaluates every shard again, for what no stream record reports: deadlines that passed in silence. Then
 * updates the monitor's own health. A shard that cannot be evaluated stops no other.
 *
 * Among the shards whose states could be read in time, the one with the oldest next tick comes first.
 *
 * @param first the shards left over by the previous sweep, which are read first and in this order. So every shard
 *   is reached within a few minutes even if one sweep is too short for all of them.
 */
export async function sweep(context: EvaluationContext, first: readonly ShardId[] = []): Promise<Swept> {
  const { store, plans, clock } = context
  const known = beginningWith(first, await knownShards(context))
  // To the second, so that a problem that starts and ends within a minute has two alertIds.
  const now = tickAtOrBefore(clock.now() / 1000, 1)
  const plan = await plans.entryAt(now)
  const readUntilMs = clock.now() + readWithinMs
  const read = await mapConcurrently(concurrentShards, known, async ({ shard }) =>
    clock.now() > readUntilMs ? undefined : { before: await store.state(shard, { consistent: false }) },
  )
  const unread = read.done.flatMap(([each, found]) => (found === undefined ? [each] : []))
  const readable = read.done.flatMap(([each, found]) => (found === undefined ? [] : [{ ...each, ...found }]))
  // Counted from here, so that some shards are evaluated each minute however slowly the table answers.
  const evaluateUntilMs = clock.now() + evaluateWithinMs
  const evaluated = await mapConcurrently(concurrentShards, readable.sort(byNextTick), async (each) =>
    clock.now() > evaluateUntilMs ? undefined : evaluateShard(each, plan?.version, context),
  )
  const unevaluated = evaluated.done.flatMap(([each, found]) => (found === undefined ? [each] : []))
  const left = [...unevaluated, ...unread].map(({ shard }) => shard)
  const failures = [...read.failed, ...evaluated.failed].map(
    ([{ shard }, cause]) => new Error(`shard ${shard} could not be evaluated: ${cause}`, { cause }),
  )
  if (left.length > 0) failures.unshift(new Error(describeLeft(unevaluated, unread, known.length)))

  const shards = evaluated.done.flatMap(([, found]) => found ?? [])
  const stale = unevaluated.flatMap(({ before }) => (before === undefined ? [] : [{ state: before }]))
  const owing = owingIn([...shards, ...stale])
  if (plan === undefined) return { owing, failures, left }
  try {
    const owes = await updateHealth({ shards, areAll: failures.length === 0 }, now, plan.version, context)
    return { owing: owes ? [...owing, monitorShard] : owing, failures, left }
  } catch (cause) {
    // Deliveries for the checks are owed even if the monitor's own health cannot be updated.
    const failure = new Error(`the monitor's own health could not be updated: ${cause}`, { cause })
    return { owing, failures: [...failures, failure], left }
  }
}

/** Moves the shards of `first`, as far as they are known, to the front. */
function beginningWith(first: readonly ShardId[], known: readonly KnownShard[]): readonly KnownShard[] {
  const isFirst = new Set(first)
  const byId = new Map(known.map((each) => [each.shard, each]))
  return [
    ...first.flatMap((shard) => byId.get(shard) ?? []),
    ...known.filter(({ shard }) => !isFirst.has(shard)),
  ]
}

/** Shards without a state come first; if none has fallen behind, the shortest interval comes last. */
function byNextTick(one: ReadShard, other: ReadShard): number {
  const nextTick = ({ before, intervalSeconds }: ReadShard) => (before?.tick ?? 0) + intervalSeconds
  return nextTick(one) - nextTick(other)
}

function describeLeft(unevaluated: readonly ReadShard[], unread: readonly KnownShard[], all: number): string {
  const count = unevaluated.length + unread.length
  const left = `${count} of ${all} shards are left for the next sweep, which starts with them`
  const [first] = unevaluated
  if (first === undefined) return `${left}: there was no time to read them`
  const since =
    first.before === undefined ? 'was never evaluated' : `was last evaluated at ${isoOf(first.before.tick)}`
  const further = unread.length === 0 ? '' : `; ${unread.length} of them were not read either`
  return `${left}: the first, ${first.shard}, ${since}${further}`
}

/** The shards that owe a delivery, in the order of `Swept.owing`: with time for only a few, all get their turn. */
function owingIn(shards: readonly { readonly state: State; readonly sent?: Sent }[]): readonly ShardId[] {
  const triedMs = (sent: Sent | undefined) =>
    Math.max(0, ...Object.values(sent?.failing ?? {}).map((failing) => failing.triedMs))
  return shards
    .filter(({ state }) => state.due > 0)
    .map(({ state, sent }) => ({ state, triedMs: triedMs(sent) }))
    .sort((one, other) => one.triedMs - other.triedMs || one.state.due - other.state.due)
    .map(({ state }) => state.shard)
}
