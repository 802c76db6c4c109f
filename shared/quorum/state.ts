import type { CheckName, PlanVersion, ShardId, Tick, VoterName } from '../check.ts'
import { isPlainlyOnline, pendingRow, type Row, silence } from './advance.ts'
import type { Ballot } from './ballot.ts'
import { advanceShard, type JudgedShard, type Rows, verdicts } from './decide.ts'
import { type Entry, enqueue, type Step } from './outbox.ts'

/** A shard's state after its last closed tick. */
export interface State {
  readonly shard: ShardId
  /** Number of writes so far; each is conditional on the previous one. 0: not yet written. */
  readonly revision: number
  /** The last closed tick. */
  readonly tick: Tick
  readonly plan: PlanVersion
  readonly rows: Rows
  /** The highest `seq` assigned so far. */
  readonly seq: number
  readonly outbox: readonly Entry[]
  /** Since when the outbox has had an entry, in epoch seconds; 0 while it is empty. */
  readonly due: number
  /** The tick of each voter's newest ballot, as known when `tick` was closed. */
  readonly seen: ReadonlyMap<VoterName, Tick>
}

/** A shard's state before its first tick under `shard`'s plan: every check is pending. */
export function initialState(
  id: ShardId,
  shard: JudgedShard,
  firstTick: Tick,
  intervalSeconds: number,
): State {
  const tick = (firstTick - intervalSeconds) as Tick
  return {
    shard: id,
    revision: 0,
    tick,
    plan: shard.version,
    rows: new Map(shard.checks.map((check) => [check.name, pendingRow(tick)])),
    seq: 0,
    outbox: [],
    due: 0,
    seen: new Map(shard.voters.map((voter) => [voter, tick])),
  }
}

/**
 * Moves the state to another plan, just before `tick`, the first tick under it. An added check starts as
 * pending, a removed one that was not online ends with a `removed` step, and a new voter counts as seen now.
 */
export function reconcile(state: State, old: JudgedShard, next: JudgedShard, tick: Tick): State {
  const had = new Set(old.checks.map((check) => check.name))
  const has = new Set(next.checks.map((check) => check.name))
  const rows = new Map<CheckName, Row>()
  let { seq, outbox } = state
  for (const [name, row] of state.rows) {
    if (has.has(name)) rows.set(name, row)
    else if (row.status !== 'online') {
      seq++
      // Its contacts and label are in the old plan only.
      const step: Step = {
        from: row.status,
        to: 'removed',
        // A transition at the last tick already uses that tick's alertId and event key.
        tick: row.since < state.tick ? state.tick : tick,
        plan: old.version,
        since: row.since,
      }
      outbox = enqueue(outbox, name, step, seq)
    }
  }
  for (const name of has) if (!had.has(name)) rows.set(name, pendingRow(state.tick))
  const seen = new Map(next.voters.map((voter) => [voter, state.seen.get(voter) ?? state.tick]))
  return { ...state, plan: next.version, rows, seq, outbox, due: due(outbox, state), seen }
}

/**
 * The state after `tick`, or undefined while one of its checks is open. A change from pending to online goes
 * through the outbox too: history records it, but no contact is told.
 */
export function closeTick(
  state: State,
  shard: JudgedShard,
  tick: Tick,
  ballots: readonly Ballot[],
  pastDeadline: boolean,
): State | undefined {
  const decided = verdicts(shard, ballots, pastDeadline)
  if (decided === undefined) return undefined
  const { rows, flips } = advanceShard(shard, state.rows, decided, tick)
  let { seq, outbox } = state
  for (const { check, ...flip } of flips) {
    seq++
    outbox = enqueue(outbox, check, { ...flip, plan: shard.version }, seq)
  }
  const seen = seenAt(state.seen, tick, ballots)
  return { ...state, tick, rows, seq, outbox, seen, due: due(outbox, state, tick) }
}

/** The last tick of each voter, updated by the ballots of one tick. */
export function seenAt(seen: State['seen'], tick: Tick, ballots: readonly Ballot[]): State['seen'] {
  if (ballots.length === 0) return seen
  const updated = new Map(seen)
  for (const { voter } of ballots) if (updated.has(voter)) updated.set(voter, tick)
  return updated
}

/**
 * Skips ticks that were never scheduled, as between two local runs: statuses stay, and the ticks count
 * neither as silence of a voter nor as blindness of a check. With `shard`, the state's plan, streaks survive
 * the gap as they would survive as many blind ticks; without it they end.
 */
export function skipTo(state: State, tick: Tick, shard?: JudgedShard): State {
  const skipped = (tick - state.tick) / Number.parseInt(state.shard, 10)
  const delays = new Map(shard?.checks.map(({ name, delay }) => [name, delay]))
  const rows = new Map<CheckName, Row>()
  for (const [name, row] of state.rows) {
    const delay = delays.get(name) ?? { down: 0, up: 0 }
    const resumed = { ...silence(row, row.blind + skipped, delay), blind: 0 }
    if (!isPlainlyOnline(resumed)) rows.set(name, resumed)
  }
  const seen = new Map([...state.seen.keys()].map((voter) => [voter, tick]))
  return { ...state, tick, rows, seen }
}

/** Since when the outbox has had an entry, in epoch seconds; 0 if it is empty. */
export function due(
  outbox: readonly Entry[],
  before: Pick<State, 'due' | 'tick'>,
  tick = before.tick,
): number {
  if (outbox.length === 0) return 0
  return before.due === 0 ? tick : before.due
}
