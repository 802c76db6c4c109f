import { type ShardId, type Tick, tickAtOrAfter, tickAtOrBefore } from '../check.ts'
import type { Clock } from '../clock.ts'
import { deadlineMs, longestTimeoutMs } from '../plan/deadline.ts'
import type { ShardPlan } from '../plan/plan.ts'
import type { PlanReader } from '../plan/reader.ts'
import type { Ballot } from '../quorum/ballot.ts'
import type { JudgedShard } from '../quorum/decide.ts'
import { cursorOf, type Entry, historyReader, isFull, prune } from '../quorum/outbox.ts'
import { closeTick, due, initialState, reconcile, type State, seenAt, skipTo } from '../quorum/state.ts'
import type { Store } from '../store/store.ts'

export interface EvaluationContext {
  readonly store: Store
  readonly plans: PlanReader
  readonly clock: Clock
  /** How long a tick waits for ballots after the shard's longest timeout: 20 s, or 2 s in local runs. */
  readonly graceMs: number
}

/** Maximum ticks closed per round: a day's gap at one tick a minute takes six rounds. */
const ticksPerRound = 240
/** Maximum rounds per call; the rest waits for the next call, at the latest the sweep's in a minute. */
const maxRounds = 8

/**
 * Closes, in order, every tick of a shard that can be closed now, and prunes outbox entries that every reader
 * has dealt with. Each round is one conditional write, and the loser of a race reads again, so any number of
 * evaluations may run at once.
 *
 * @param begin the state, if the caller has just read it; it may be stale, as any first read may be.
 * @returns the state now in the table; undefined for a shard without a state that is in no plan yet.
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
    const { state: kept, recorded } = await pruned(before, context)
    const { state: after, more } = await closeTicks(kept, recorded, context)
    if (after === before) return before
    const written = await context.store.putState(after)
    // A conflict means that the read was stale, so the next one is strongly consistent.
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

/** The first tick after `tick` at which a plan that has the shard begins. */
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

/**
 * Closes at most `ticksPerRound` ticks, and none whose changes history could lose.
 *
 * @param recorded the cursor of history.
 * @returns `more`: the round was full, and further ticks may be closable.
 */
async function closeTicks(
  before: State,
  recorded: number,
  context: EvaluationContext,
): Promise<{ state: State; more: boolean }> {
  const { store, plans, clock, graceMs } = context
  const intervalSeconds = intervalOf(before.shard)
  const first = (before.tick + intervalSeconds) as Tick
  const newest = tickAtOrBefore(clock.now() / 1000, intervalSeconds)
  const last = Math.min(newest, before.tick + ticksPerRound * intervalSeconds) as Tick
  if (first > last) return { state: before, more: false }

  let ballots: ReadonlyMap<Tick, readonly Ballot[]> | undefined
  /** When the last strongly consistent read began, epoch ms. */
  let certainAtMs = Number.NEGATIVE_INFINITY
  let state = before
  // Ballots are never changed, so an eventually consistent read is correct but may miss some. Before the
  // deadline that is harmless: `judge` closes a tick only if no missing ballot could change a verdict, so at
  // worst the tick stays open until the next ballot or sweep. At the deadline a missing ballot counts as
  // silence, so that read is strongly consistent.
  async function read(from: Tick, consistent: boolean) {
    const beganMs = clock.now()
    const found = await store.ballots(before.shard, from, last, { consistent, votesOnly: true })
    ballots = Map.groupBy(found, (ballot) => ballot.tick)
    if (consistent) certainAtMs = beganMs
  }
  for (let tick = first; tick <= last; tick = (tick + intervalSeconds) as Tick) {
    // Evaluation goes on when history has caught up: notify delivers this state, and the sweep asks again.
    if (isFull(state.outbox, recorded)) break
    const entry = await plans.entryAt(tick)
    const document = entry && (await plans.shard(entry.version, before.shard))
    if (document === undefined) {
      state = await retired(state, entry?.version, tick, context)
      const next = await plannedAfter(tick, before.shard, plans)
      if (next === undefined || next.tick > newest) return { state, more: false }
      return { state: skipTo(state, (next.tick - intervalSeconds) as Tick), more: true }
    }
    if (document.version !== state.plan) state = await replanned(state, document, tick, context)
    const endsMs = deadlineMs(tick, { timeoutMs: longestTimeoutMs(document) }, graceMs)
    const pastDeadline = clock.now() >= endsMs
    if (ballots === undefined) {
      // The previous tick may have closed before its slowest ballot arrived.
      await read(before.tick, pastDeadline)
      state = { ...state, seen: seenAt(state.seen, before.tick, ballots!.get(before.tick) ?? []) }
    } else if (pastDeadline && certainAtMs < endsMs) {
      // A decision at the deadline must have seen every ballot written so far.
      await read(tick, true)
    }
    const closed = closeTick(state, document, tick, ballots!.get(tick) ?? [], pastDeadline)
    if (closed === undefined) break
    state = closed
  }
  if (state.tick === before.tick && state.plan === before.plan) return { state: before, more: false }
  return { state, more: state.tick === last && last < newest }
}

/** A shard's id starts with its interval in seconds. */
function intervalOf(shard: ShardId): number {
  return Number.parseInt(shard, 10)
}

async function replanned(
  state: State,
  next: JudgedShard,
  tick: Tick,
  { plans }: EvaluationContext,
): Promise<State> {
  // A shard that the previous plan left out had no checks.
  const old = (await plans.shard(state.plan, state.shard)) ?? { version: state.plan, voters: [], checks: [] }
  return reconcile(state, old, next, tick)
}

/**
 * Retires a shard that the plan leaves out: its checks are removed, and no tick is closed until a plan has it
 * again. If no kept plan is old enough for the tick, the shard stays unchanged.
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

/** The state without what every reader has dealt with, and how far history has come. */
async function pruned(
  state: State,
  { store, plans }: EvaluationContext,
): Promise<{ readonly state: State; readonly recorded: number }> {
  // An empty outbox owes history nothing.
  if (state.outbox.length === 0) return { state, recorded: state.seq }
  const { cursors } = await store.sent(state.shard)
  const readers = new Map<Entry, readonly string[]>()
  for (const entry of state.outbox) {
    const document = await plans.shard(entry.plan, state.shard)
    const check = document?.checks.find(({ name }) => name === entry.check)
    readers.set(entry, [historyReader, ...(check?.alerts ?? []).map(({ contact }) => contact)])
  }
  const outbox = prune(state.outbox, cursors, (entry) => readers.get(entry)!)
  const recorded = cursorOf(cursors, historyReader)
  if (outbox.length === state.outbox.length) return { state, recorded }
  return { state: { ...state, outbox, due: due(outbox, state) }, recorded }
}
