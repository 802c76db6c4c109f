import { type ShardId, type Tick, tickAtOrAfter, tickAtOrBefore } from '../check.ts'
import { deadlineMs, longestTimeoutMs } from '../plan/deadline.ts'
import type { PlanEntry, ShardPlan } from '../plan/plan.ts'
import { cursorOf, type Entry, historyReader, isFull, prune } from '../quorum/outbox.ts'
import { closeTick, due, initialState, reconcile, type State, seenAt, skipTo } from '../quorum/state.ts'
import { ballotReader } from './ballots.ts'
import type { EvaluationContext } from './context.ts'
import { movesOf, settleOrigins } from './takeover.ts'

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
    const { state: kept, recorded } = await pruned(await settleOrigins(before, context), context)
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

/** What a state has before its first plan. */
const noPlan = '' as State['plan']

/** The state before the first plan that has the shard. */
async function firstState(shard: ShardId, { plans }: EvaluationContext): Promise<State | undefined> {
  const none = { version: noPlan, voters: [], checks: [] }
  let planFrom = 0 as Tick
  for (const { version, from } of await plans.entries()) {
    if ((await plans.shard(version, shard)) !== undefined) {
      const interval = intervalOf(shard)
      return { ...initialState(shard, none, tickAtOrAfter(from, interval), interval), planFrom }
    }
    planFrom = from
  }
  return undefined
}

/**
 * Takes the plans that have come to hold, and closes at most `ticksPerRound` ticks, in their order, and none whose
 * changes history could lose.
 *
 * @param recorded the cursor of history.
 * @returns `more`: the round was full, and further ticks may be closable.
 */
async function closeTicks(
  before: State,
  recorded: number,
  context: EvaluationContext,
): Promise<{ state: State; more: boolean }> {
  const { plans, clock, graceMs } = context
  const intervalSeconds = intervalOf(before.shard)
  const entries = await plans.entries()
  const newest = tickAtOrBefore(clock.now() / 1000, intervalSeconds)
  const ballots = ballotReader(before.shard, intervalSeconds, newest, context)
  let state = before
  for (let closed = 0; closed < ticksPerRound; ) {
    // Evaluation goes on when history has caught up: notify delivers this state, and the sweep asks again.
    if (isFull(state.outbox, recorded)) break
    const tick = (state.tick + intervalSeconds) as Tick
    const change = entries.find(({ from }) => from > state.planFrom && from <= clock.now() / 1000)
    if (change === undefined && tick > newest) break
    const document = state.plan === noPlan ? undefined : await plans.shard(state.plan, state.shard)
    // Without a plan of its own that is still announced, the shard has no ticks until the next one.
    const hasTicks = document !== undefined && entries.some(({ from }) => from === state.planFrom)
    if (change !== undefined && (change.from <= tick || !hasTicks)) {
      const replanned = await replan(state, document, change, entries, context)
      if (replanned === 'wait') break
      state = replanned
      continue
    }
    if (document === undefined || tick > newest) break
    const endsMs = deadlineMs(tick, { timeoutMs: longestTimeoutMs(document) }, graceMs)
    const pastDeadline = clock.now() >= endsMs
    if (!ballots.hasRead()) {
      // The previous tick may have closed before its slowest ballot arrived.
      const late = await ballots.read(state.tick, state.tick, pastDeadline)
      state = { ...state, seen: seenAt(state.seen, state.tick, late) }
    }
    const after = closeTick(
      state,
      document,
      tick,
      await ballots.at(tick, pastDeadline ? endsMs : undefined),
      pastDeadline,
    )
    if (after === undefined) break
    state = after
    closed++
    if (closed === ticksPerRound) return { state, more: state.tick < newest }
  }
  const isUnchanged = state.tick === before.tick && state.planFrom === before.planFrom
  return { state: isUnchanged ? before : state, more: false }
}

/** Moves a state to the next plan; `wait` while a check that comes from another shard cannot be taken over. */
async function replan(
  state: State,
  old: ShardPlan | undefined,
  change: PlanEntry,
  entries: readonly PlanEntry[],
  context: EvaluationContext,
): Promise<State | 'wait'> {
  const next = await context.plans.shard(change.version, state.shard)
  const moves = await movesOf({ old, next }, entries.slice(0, entries.indexOf(change)), change, context)
  if (moves === 'wait') return 'wait'
  const interval = intervalOf(state.shard)
  const first = tickAtOrAfter(change.from, interval)
  // A shard that was in no plan, or in one that is not announced any more, has had no ticks since.
  const begun =
    next !== undefined && first > state.tick + interval ? skipTo(state, (first - interval) as Tick) : state
  const none = { voters: [], checks: [] }
  return reconcile(
    begun,
    old ?? { version: state.plan, ...none },
    next ?? { version: change.version, ...none },
    change.from,
    moves,
  )
}

/** A shard's id starts with its interval in seconds. */
function intervalOf(shard: ShardId): number {
  return Number.parseInt(shard, 10)
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
