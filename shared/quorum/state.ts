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
  /** From when on `plan` holds, epoch seconds: the changes of plan up to then are in `rows`. 0: before the first. */
  readonly planFrom: Tick
  readonly rows: Rows
  /** The highest `seq` assigned so far. */
  readonly seq: number
  readonly outbox: readonly Entry[]
  /** Since when the outbox has had an entry, in epoch seconds; 0 while it is empty. */
  readonly due: number
  /** The tick of each voter's newest ballot, as known when `tick` was closed. */
  readonly seen: ReadonlyMap<VoterName, Tick>
  /** Where checks stood that a plan moved to other shards, for those shards to go on from; online if not here. */
  readonly handed?: ReadonlyMap<CheckName, Handed>
  /** The shards that checks came from and that still owe an alert about them: this one delivers nothing of these. */
  readonly origins?: ReadonlyMap<CheckName, ShardId>
}

/** A check that left for another shard. */
export interface Handed extends Pick<Row, 'status' | 'since'> {
  /** The plan's `from` at which it left. */
  readonly from: Tick
}

/** A check that comes from another shard: it keeps its status, and its streaks begin anew. */
export type Taken = Pick<Row, 'status' | 'since'>

/** What a change of plan means for the checks that a shard loses to other shards and gains from them. */
export interface Moves {
  readonly leaving: ReadonlySet<CheckName>
  readonly arriving: ReadonlyMap<CheckName, Taken>
  /** Of the added checks, those about which a former shard still owes an alert. */
  readonly owed: ReadonlyMap<CheckName, ShardId>
}

/** Nothing moves: what is gone was removed, what is new was added. */
export const noMoves: Moves = { leaving: new Set(), arriving: new Map(), owed: new Map() }

/** How long a check that has left can be taken over, in seconds: longer than any shard waits for another. */
const handedSeconds = 7_200

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
    planFrom: 0 as Tick,
    rows: new Map(shard.checks.map((check) => [check.name, pendingRow(tick)])),
    seq: 0,
    outbox: [],
    due: 0,
    seen: new Map(shard.voters.map((voter) => [voter, tick])),
  }
}

/**
 * The state under another plan, from `from` on. An added check starts as pending, and one from another shard keeps its
 * status. A removed one that was not online ends with a `removed` step, and one that leaves for another shard is handed
 * over. A new voter counts as seen now.
 */
export function reconcile(
  state: State,
  old: JudgedShard,
  next: JudgedShard,
  from: Tick,
  { leaving, arriving, owed }: Moves = noMoves,
): State {
  const had = new Set(old.checks.map((check) => check.name))
  const has = new Set(next.checks.map((check) => check.name))
  const rows = new Map<CheckName, Row>()
  const handed = new Map([...(state.handed ?? [])].filter(([, one]) => one.from > from - handedSeconds))
  const origins = new Map([...(state.origins ?? [])].filter(([name]) => has.has(name)))
  let { seq, outbox } = state
  for (const [name, row] of state.rows) {
    if (has.has(name)) rows.set(name, row)
    else if (row.status === 'online') continue
    else if (leaving.has(name)) handed.set(name, { status: row.status, since: row.since, from })
    else {
      seq++
      // Its contacts and label are in the old plan only.
      // A plan that was announced too late may hold from a tick that is already closed.
      const tick = Math.max(from, row.since + 1) as Tick
      const step: Step = { from: row.status, to: 'removed', tick, plan: old.version, since: row.since }
      outbox = enqueue(outbox, name, step, seq)
    }
  }
  for (const name of has) {
    if (had.has(name)) continue
    const taken = arriving.get(name)
    // What is handed over is online where nothing else is said of it.
    handed.delete(name)
    const owing = owed.get(name)
    if (owing !== undefined) origins.set(name, owing)
    if (taken?.status !== 'online') rows.set(name, { ...pendingRow(state.tick), ...statusOf(taken) })
  }
  const seen = new Map(next.voters.map((voter) => [voter, state.seen.get(voter) ?? state.tick]))
  const { handed: _handed, origins: _origins, ...rest } = state
  return {
    ...rest,
    plan: next.version,
    planFrom: from,
    rows,
    seq,
    outbox,
    due: due(outbox, state),
    seen,
    ...(handed.size === 0 ? {} : { handed }),
    ...(origins.size === 0 ? {} : { origins }),
  }
}

function statusOf(taken: Taken | undefined): Partial<Pick<Row, 'status' | 'since'>> {
  return taken === undefined ? {} : { status: taken.status, since: taken.since }
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
