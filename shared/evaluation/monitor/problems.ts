import { isoOf, type Tick, type VoterName } from '../../check.ts'
import type { PlanIndex } from '../../plan/plan.ts'
import type { PlanReader } from '../../plan/reader.ts'
import type { State } from '../../quorum/state.ts'
import type { Sent } from '../../store/store.ts'

/** A check that was blind for so many ticks is announced. */
const blindTicks = 3
/** A voter that was silent for so many ticks, and at least so long, is announced. */
const silentTicks = 3
const silentSeconds = 180

/** What is wrong now: the subject (`voter/…`, `check/…`, `contact/…`) and one sentence about it. */
export type Problems = ReadonlyMap<string, string>

/** A shard as the watch sees it. */
export interface Watched {
  readonly state: State
  readonly sent: Sent
  readonly intervalSeconds: number
  /** Of the contacts for whom something was given up, those that the shard still alerts under the plan in force. */
  readonly alerted: readonly string[]
}

/** Reads what is wrong from the states of all shards and from what could not be delivered. */
export function findProblems(shards: readonly Watched[]): Problems {
  const problems = new Map<string, string>()
  for (const [voter, lastTick] of silentVoters(shards)) {
    problems.set(`voter/${voter}`, `no ballot from ${voter} since ${isoOf(lastTick)}`)
  }
  for (const { state, sent, alerted } of shards) {
    for (const [check, row] of state.rows) {
      if (row.blind < blindTicks) continue
      problems.set(
        `check/${check}`,
        `${check} was not seen by enough voters for ${row.blind} ticks; it counts as ${row.status}`,
      )
    }
    for (const [contact, { error }] of Object.entries(sent.dead)) {
      // Where nothing is for this contact any more, no success can ever take it back.
      if (!alerted.includes(contact)) continue
      problems.set(`contact/${contact}`, `an alert to ${contact} was given up: ${error}`)
    }
  }
  return problems
}

/**
 * Of subjects that are not wrong any more those that are well: voters and checks that the plan in force has, and
 * contacts that no shard holds as given up, since only a success takes that back. Of the others is known only that
 * nothing needs them. The documents of all shards are read where a check is among the ended, which is seldom.
 */
export async function wellAmong(
  ended: readonly string[],
  shards: readonly Watched[],
  index: PlanIndex,
  plans: PlanReader,
): Promise<ReadonlySet<string>> {
  const well = new Set<string>(index.shards.flatMap(({ voters }) => voters.map((voter) => `voter/${voter}`)))
  if (ended.some((subject) => subject.startsWith('check/'))) {
    for (const { shard } of index.shards) {
      const document = await plans.shard(index.version, shard)
      for (const { name } of document?.checks ?? []) well.add(`check/${name}`)
    }
  }
  const lost = new Set(shards.flatMap(({ sent }) => Object.keys(sent.dead).map((name) => `contact/${name}`)))
  return new Set(
    ended.filter((subject) => (subject.startsWith('contact/') ? !lost.has(subject) : well.has(subject))),
  )
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
