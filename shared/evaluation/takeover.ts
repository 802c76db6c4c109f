import { type CheckName, type ShardId, type Tick, tickAtOrBefore } from '../check.ts'
import { deadlineMs, longestTimeoutMs } from '../plan/deadline.ts'
import type { PlanEntry, ShardPlan } from '../plan/plan.ts'
import type { Moves, State, Taken } from '../quorum/state.ts'
import type { Told } from '../store/store.ts'
import type { EvaluationContext } from './context.ts'

// A check is its name: where a plan moves it to another shard, it keeps its status there. The new shard waits until the
// old one has closed every tick before the plan, and goes on from its row:
//
//   old shard   --- tick --- tick ---| hands over: handed = {status, since}
//                                    | from                      (plan holds from here)
//   new shard                        | takes over, then --- tick --- tick ---

/**
 * How long after the old shard's last deadline a check is waited for, ms: two sweeps, of which the first may have to
 * take the old shard over the plans before.
 */
const waitMs = 120_000

/**
 * Which checks a change of plan moves out of a shard and into it; `wait` if a shard that hands over is not ready yet.
 *
 * @param earlier the plans that held until the change, oldest first, as far as they are announced.
 */
export async function movesOf(
  { old, next }: { readonly old: ShardPlan | undefined; readonly next: ShardPlan | undefined },
  earlier: readonly PlanEntry[],
  change: PlanEntry,
  context: EvaluationContext,
): Promise<Moves | 'wait'> {
  const gone = namesOnlyIn(old, next)
  const added = namesOnlyIn(next, old)
  const leaving = new Set<CheckName>()
  if (gone.size > 0) {
    const places = await shardsOf(change, context)
    for (const name of gone) if (places.has(name)) leaving.add(name)
  }
  const arriving = new Map<CheckName, Taken>()
  const owed = new Map<CheckName, ShardId>()
  const before = earlier.at(-1)
  if (before === undefined || added.size === 0) return { leaving, arriving, owed }
  const places = await shardsOf(before, context)
  for (const name of added) {
    const from = places.get(name)
    if (from === undefined) continue
    const taken = await take(name, from, before, change, context)
    if (taken === 'wait') return 'wait'
    if (taken !== undefined) arriving.set(name, taken)
  }
  for (const name of added) {
    const owing = await settleWith(name, next!.shard, earlier, context)
    if (owing !== undefined) owed.set(name, owing)
  }
  return { leaving, arriving, owed }
}

/**
 * The shard in which a check was before and that still owes an alert about it, were it only that it was removed. Where
 * none does, what contacts know of the check is copied to its new shard.
 */
async function settleWith(
  name: CheckName,
  shard: ShardId,
  earlier: readonly PlanEntry[],
  context: EvaluationContext,
): Promise<ShardId | undefined> {
  const former = new Set<ShardId>()
  for (const entry of earlier.toReversed()) {
    const place = (await shardsOf(entry, context)).get(name)
    if (place !== undefined && place.shard !== shard) former.add(place.shard)
  }
  for (const each of former) {
    const state = await context.store.state(each, { consistent: true })
    if (state !== undefined && owes(state, name)) return each
  }
  for (const each of former) await copyTold(name, each, shard, context)
  return undefined
}

function namesOnlyIn(one: ShardPlan | undefined, other: ShardPlan | undefined): ReadonlySet<CheckName> {
  const others = new Set(other?.checks.map(({ name }) => name))
  return new Set((one?.checks ?? []).map(({ name }) => name).filter((name) => !others.has(name)))
}

/** The shard of every check of a plan. */
async function shardsOf(
  { version }: PlanEntry,
  { plans }: EvaluationContext,
): Promise<ReadonlyMap<CheckName, ShardPlan>> {
  const { shards } = await plans.index(version)
  const documents = await Promise.all(shards.map(({ shard }) => plans.shard(version, shard)))
  return new Map(
    documents.flatMap((document) => (document?.checks ?? []).map(({ name }) => [name, document!] as const)),
  )
}

/** Where a check stood in the shard it comes from; undefined if that can no longer be known: it then is pending. */
async function take(
  name: CheckName,
  from: ShardPlan,
  before: PlanEntry,
  change: PlanEntry,
  { store, clock, graceMs }: EvaluationContext,
): Promise<Taken | undefined | 'wait'> {
  const state = await store.state(from.shard, { consistent: true })
  if (state === undefined || !isReady(state, from, before, change)) {
    const last = tickAtOrBefore(change.from - 1, from.intervalSeconds)
    const endsMs = deadlineMs(last, { timeoutMs: longestTimeoutMs(from) }, graceMs)
    return clock.now() < Math.max(endsMs, change.from * 1000) + waitMs ? 'wait' : undefined
  }
  const handed = state.planFrom >= change.from ? state.handed?.get(name) : state.rows.get(name)
  return handed ?? { status: 'online', since: state.tick }
}

/** Whether a shard has closed every tick before a change, under every plan until then. */
function isReady(
  state: State,
  { intervalSeconds }: ShardPlan,
  before: PlanEntry,
  change: PlanEntry,
): boolean {
  if (state.planFrom >= change.from) return true
  return state.planFrom >= before.from && state.tick + intervalSeconds >= change.from
}

function owes(state: State, name: CheckName): boolean {
  return state.outbox.some(({ check }) => check === name) || state.origins?.has(name) === true
}

/**
 * The state without the origins that owe nothing any more. What the contacts of a check know moves with it, so that its
 * next alert starts from there.
 */
export async function settleOrigins(state: State, context: EvaluationContext): Promise<State> {
  if (state.origins === undefined) return state
  const origins = new Map(state.origins)
  for (const [name, shard] of state.origins) {
    const origin = await context.store.state(shard, { consistent: true })
    if (origin !== undefined && owes(origin, name)) continue
    await copyTold(name, shard, state.shard, context)
    origins.delete(name)
  }
  if (origins.size === state.origins.size) return state
  const { origins: _, ...rest } = state
  return origins.size === 0 ? rest : { ...rest, origins }
}

/** Copies what contacts know of a check to the shard that it moves to. */
async function copyTold(
  name: CheckName,
  from: ShardId,
  to: ShardId,
  { store }: EvaluationContext,
): Promise<void> {
  const [source, target] = [await store.told(from), await store.told(to)]
  const contacts = withNews(name, source, target)
  // A conflict is a delivery of the new shard: the next evaluation copies again what is still missing.
  if (contacts !== undefined) await store.putTold({ ...target, contacts })
}

function withNews(name: CheckName, source: Told, target: Told): Told['contacts'] | undefined {
  let contacts: Told['contacts'] | undefined
  for (const [contact, known] of Object.entries(source.contacts)) {
    const news = Object.hasOwn(known, name) ? known[name]! : undefined
    const own = Object.hasOwn(target.contacts, contact) ? target.contacts[contact]! : {}
    const isOlder = Object.hasOwn(own, name) && own[name]!.tick >= (news?.tick ?? (0 as Tick))
    if (news === undefined || isOlder) continue
    contacts = { ...(contacts ?? target.contacts), [contact]: { ...own, [name]: news } }
  }
  return contacts
}
