import { type ShardId, type Tick, tickAtOrAfter, tickAtOrBefore } from '../check.ts'
import type { Clock } from '../clock.ts'
import { deadlineMs, longestTimeoutMs } from '../plan/deadline.ts'
import type { ShardPlan } from '../plan/plan.ts'
import type { PlanReader } from '../plan/reader.ts'
import type { Ballot } from '../quorum/ballot.ts'
import type { JudgedShard } from '../quorum/decide.ts'
import { type Entry, historyReader, prune } from '../quorum/outbox.ts'
import { closeTick, due, initialState, reconcile, type State, seenAt, skipTo } from '../quorum/state.ts'
import type { Store } from '../store/store.ts'

export interface EvaluationContext {
  readonly store: Store
  readonly plans: PlanReader
  readonly clock: Clock
  /** How long after its checks' longest timeout a tick waits for ballots: 20 s, 2 s in local runs. */
  readonly graceMs: number
}

/** Ticks looked at in one round: a day's gap at one tick a minute takes six rounds. */
const ticksPerRound = 240
/** Rounds in one call: what is left then waits for the next call, each minute at the latest. */
const maxRounds = 8

/**
 * Closes, in order, every tick of a shard that can be closed now, and drops from the outbox what everybody
 * has heard. Everything that one round changes is one conditional write; whoever loses the race reads
 * again, so any number of these may run at once. Returns the state as it now stands in the table, or
 * undefined for a shard of which there is nothing to say yet.
 *
 * @param begin the state where it was read just now; it may be stale, as any first read may.
 */
export async function evaluate(
  shard: ShardId,
  context: EvaluationContext,
  begin?: State,
): Promise<State | undefined> {
  let consistent = false
  let state: State | undefined
  for (let round = 0; round < maxRounds; round++) {
    const known = round === 0 ? begin : undefined
    const before =
      known ?? (await context.store.state(shard, { consistent })) ?? (await firstState(shard, context))
    if (before === undefined) return undefined
    const { state: after, more } = await closeTicks(await pruned(before, context), context)
    if (after === before) return before
    const written = await context.store.putState(after)
    // A stale read is what a conflict means, whatever the cause.
    consistent = written === 'conflict'
    if (written === 'written') {
      state = { ...after, revision: after.revision + 1 }
      if (!more) return state
    }
  }
  return state ?? context.store.state(shard, { consistent: true })
}

async function firstState(shard: ShardId, { plans }: EvaluationContext): Promise<State | undefined> {
  const planned = await plannedAfter(0 as Tick, shard, plans)
  return planned && initialState(shard, planned.document, planned.tick, intervalOf(shard))
}

/** The first tick after `tick` at which another plan begins to have the shard. */
async function plannedAfter(
  tick: Tick,
  shard: ShardId,
  plans: PlanReader,
): Promise<{ tick: Tick; document: ShardPlan } | undefined> {
  for (const entry of await plans.entries()) {
    const first = tickAtOrAfter(entry.from, intervalOf(shard))
    const document = await plans.shard(entry.version, shard)
    if (document !== undefined && first > tick) return { tick: first, document }
  }
  return undefined
}

/** Closes up to a round's worth of ticks. `more`: the round was full, not the shard settled. */
async function closeTicks(
  before: State,
  context: EvaluationContext,
): Promise<{ state: State; more: boolean }> {
  const { store, plans, clock, graceMs } = context
  const intervalSeconds = intervalOf(before.shard)
  const first = (before.tick + intervalSeconds) as Tick
  const newest = tickAtOrBefore(clock.now() / 1000, intervalSeconds)
  const last = Math.min(newest, before.tick + ticksPerRound * intervalSeconds) as Tick
  if (first > last) return { state: before, more: false }

  let ballots: ReadonlyMap<Tick, readonly Ballot[]> | undefined
  let certain = false
  let state = before
  // A ballot is written once and never changed: what a read that lags behind returns is true, though it may
  // lack some. Before the deadline that does no harm, since `judge` closes a tick only where nothing missing
  // could change a verdict: at worst the tick stays open until the next ballot or sweep. At the deadline what
  // is missing counts as silence, so that read is strongly consistent.
  async function read(from: Tick, consistent: boolean) {
    const found = await store.ballots(before.shard, from, last, { consistent, votesOnly: true })
    ballots = Map.groupBy(found, (ballot) => ballot.tick)
    certain = consistent
  }
  for (let tick = first; tick <= last; tick = (tick + intervalSeconds) as Tick) {
    const entry = await plans.entryAt(tick)
    const document = entry && (await plans.shard(entry.version, before.shard))
    if (document === undefined) {
      state = await retired(state, entry?.version, tick, context)
      const next = await plannedAfter(tick, before.shard, plans)
      if (next === undefined || next.tick > newest) return { state, more: false }
      return { state: skipTo(state, (next.tick - intervalSeconds) as Tick), more: true }
    }
    if (document.version !== state.plan) state = await replanned(state, document, tick, context)
    const pastDeadline = clock.now() >= deadlineMs(tick, { timeoutMs: longestTimeoutMs(document) }, graceMs)
    if (ballots === undefined) {
      // The tick before may have closed without its slowest voter, who has been heard of since.
      await read(before.tick, pastDeadline)
      state = { ...state, seen: seenAt(state.seen, before.tick, ballots!.get(before.tick) ?? []) }
    } else if (pastDeadline && !certain) {
      // What decides without waiting any longer must have seen everything that was written.
      await read(tick, true)
    }
    const closed = closeTick(state, document, tick, ballots!.get(tick) ?? [], pastDeadline)
    if (closed === undefined) break
    state = closed
  }
  if (state.tick === before.tick && state.plan === before.plan) return { state: before, more: false }
  return { state, more: state.tick === last && last < newest }
}

/** A shard's interval is the first word of its id. */
function intervalOf(shard: ShardId): number {
  return Number.parseInt(shard, 10)
}

async function replanned(
  state: State,
  next: JudgedShard,
  tick: Tick,
  { plans }: EvaluationContext,
): Promise<State> {
  // A shard that was in no plan for a while had no checks.
  const old = (await plans.shard(state.plan, state.shard)) ?? { version: state.plan, voters: [], checks: [] }
  return reconcile(state, old, next, tick)
}

/**
 * A shard that a plan leaves out ends: its checks are removed, its ticks not closed until a plan has it
 * again. Where no plan is kept that is old enough for the tick, the shard stays what it was.
 */
async function retired(
  state: State,
  version: State['plan'] | undefined,
  tick: Tick,
  context: EvaluationContext,
): Promise<State> {
  if (version === undefined || state.plan === version) return state
  return replanned(state, { version, voters: [], checks: [] }, tick, context)
}

async function pruned(state: State, { store, plans }: EvaluationContext): Promise<State> {
  if (state.outbox.length === 0) return state
  const { cursors } = await store.sent(state.shard)
  const readers = new Map<Entry, readonly string[]>()
  for (const entry of state.outbox) {
    const document = await plans.shard(entry.plan, state.shard)
    const check = document?.checks.find(({ name }) => name === entry.check)
    readers.set(entry, [historyReader, ...(check?.alerts ?? []).map(({ contact }) => contact)])
  }
  const outbox = prune(state.outbox, cursors, (entry) => readers.get(entry)!)
  return outbox.length === state.outbox.length ? state : { ...state, outbox, due: due(outbox, state) }
}
