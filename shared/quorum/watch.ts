import { type CheckName, isoOf, type PlanVersion, type ShardId, type Tick, type VoterName } from '../check.ts'
import type { Sent } from '../store/store.ts'
import { pendingRow } from './advance.ts'
import { enqueue } from './outbox.ts'
import { due, type State } from './state.ts'

// The monitor's watch over itself: voters that fall silent, checks that nobody can see, contacts that
// cannot be reached. It has a shard of its own, so its alerts go through an outbox like any other.

/** The shard of the watch. */
export const watchShard = '~voters' as ShardId

/** A check that was blind for so many ticks is announced. */
const blindTicks = 3
/** A voter that was silent for so many ticks, and at least so long, is announced. */
const silentTicks = 3
const silentSeconds = 180

/**
 * So many blind checks are told of one by one, the others as a number. When every voter is silent every check
 * is blind, and the watch is one item of at most 400 KB, which some thousand checks would fill.
 */
export const maxBlindTold = 100
/** The subject that stands for the blind checks beyond; no check can have this name. */
const otherChecks = 'check/~others'

/** What is wrong now: the subject (`voter/…`, `check/…`, `contact/…`) and one sentence about it. */
export type Troubles = ReadonlyMap<string, string>

/** Reads what is wrong from the states of all shards and from what could not be delivered. */
export function troublesIn(
  shards: readonly { readonly state: State; readonly sent: Sent; readonly intervalSeconds: number }[],
): Troubles {
  const troubles = new Map<string, string>()
  for (const [voter, lastTick] of silentVoters(shards)) {
    troubles.set(`voter/${voter}`, `no ballot from ${voter} since ${isoOf(lastTick)}`)
  }
  for (const { state, sent } of shards) {
    for (const [check, row] of state.rows) {
      if (row.blind < blindTicks) continue
      troubles.set(
        `check/${check}`,
        `${check} was not seen by enough voters for ${row.blind} ticks; it counts as ${row.status}`,
      )
    }
    for (const [contact, { error }] of Object.entries(sent.dead)) {
      troubles.set(`contact/${contact}`, `an alert to ${contact} was given up: ${error}`)
    }
  }
  return troubles
}

/**
 * The voters of which no shard has heard for long enough, with the last tick they voted in. The shard with
 * the shortest interval tells first: one with an hourly check has had no reason to hear of them.
 */
function silentVoters(
  shards: readonly { readonly state: State; readonly intervalSeconds: number }[],
): ReadonlyMap<VoterName, Tick> {
  const heard = new Map<VoterName, Tick>()
  for (const { state } of shards) {
    for (const [voter, tick] of state.seen) heard.set(voter, Math.max(heard.get(voter) ?? 0, tick) as Tick)
  }
  const silent = new Map<VoterName, Tick>()
  for (const { state, intervalSeconds } of shards) {
    const latest = silentUpTo(state, intervalSeconds)
    for (const voter of state.seen.keys()) {
      const last = heard.get(voter)!
      if (last <= latest) silent.set(voter, last)
    }
  }
  return silent
}

/** A voter that this shard has last heard of at this tick or before is silent, unless another shard knows better. */
function silentUpTo(state: State, intervalSeconds: number): number {
  // The last closed tick may have closed without its slowest voter: it is not held against anybody.
  return state.tick - intervalSeconds - Math.max(silentTicks * intervalSeconds, silentSeconds)
}

/**
 * From which tick on the ballots of a shard must be looked at because its state misses a voter; undefined where
 * it misses nobody. Ticks that are decided early, one soon after the other, may each be left before their
 * slowest voter is heard: a state alone must not call it silent.
 */
export function missesSince(state: State, intervalSeconds: number): Tick | undefined {
  const latest = silentUpTo(state, intervalSeconds)
  const misses = [...state.seen.values()].some((last) => last <= latest)
  return misses ? ((latest + intervalSeconds) as Tick) : undefined
}

/** The watch's state before anything was wrong. */
export function initialWatch(tick: Tick, plan: PlanVersion): State {
  return {
    shard: watchShard,
    revision: 0,
    tick,
    plan,
    rows: new Map(),
    seq: 0,
    outbox: [],
    due: 0,
    seen: new Map(),
  }
}

/** The watch's state given what is wrong now; the same state where nothing changed. */
export function watch(state: State, found: Troubles, tick: Tick, plan: PlanVersion): State {
  const troubles = bounded(found, state)
  const rows = new Map(state.rows)
  let { seq, outbox } = state
  function tell(subject: string, from: 'online' | 'offline', to: 'online' | 'offline', note: string) {
    seq++
    outbox = enqueue(outbox, subject as CheckName, { from, to, tick, plan }, seq, note)
  }
  for (const [subject, note] of troubles) {
    if (rows.has(subject as CheckName)) continue
    rows.set(subject as CheckName, { ...pendingRow(tick), status: 'offline' })
    tell(subject, 'online', 'offline', note)
  }
  for (const [subject, row] of state.rows) {
    if (troubles.has(subject)) continue
    rows.delete(subject)
    tell(subject, 'offline', 'online', `wrong since ${isoOf(row.since)}, well again`)
  }
  if (seq === state.seq) return state
  return { ...state, tick, plan, rows, seq, outbox, due: due(outbox, state, tick) }
}

/**
 * The troubles that there is room for: a blind check that was told of stays until it is seen again, a new one
 * is told of while there are few, in the outbox as well.
 */
function bounded(troubles: Troubles, { rows, outbox }: State): Troubles {
  const isBlind = (subject: string) => subject.startsWith('check/') && subject !== otherChecks
  const told = [...rows.keys()].filter((subject) => isBlind(subject) && troubles.has(subject)).length
  let room = maxBlindTold - Math.max(told, outbox.length)
  const kept = new Map<string, string>()
  let others = 0
  for (const [subject, note] of troubles) {
    if (!isBlind(subject) || rows.has(subject as CheckName) || room-- > 0) kept.set(subject, note)
    else others++
  }
  if (others > 0) kept.set(otherChecks, `not seen by enough voters either: ${others} more`)
  return kept
}
