import { isoOf, type Tick, type VoterName } from '../../check.ts'
import type { PlanIndex } from '../../plan/plan.ts'
import type { PlanReader } from '../../plan/reader.ts'
import type { State } from '../../quorum/state.ts'
import type { Sent } from '../../store/store.ts'

/** Consecutive blind ticks after which a check is a problem. */
const blindTicks = 3
/** A voter is a problem after this many ticks without a ballot, but not before this many seconds. */
const silentTicks = 3
const silentSeconds = 180

/** The current problems: a subject (`voter/…`, `check/…`, `contact/…`) and one sentence about it. */
export type Problems = ReadonlyMap<string, string>

/** What the monitor's health needs to know of a shard. */
export interface MonitoredShard {
  readonly state: State
  readonly sent: Sent
  readonly intervalSeconds: number
  /** Contacts that the shard alerts under the plan in force; may be empty if no alert was given up. */
  readonly alerted: readonly string[]
}

/** Finds the current problems in the states of all shards and in their failed deliveries. */
export function findProblems(shards: readonly MonitoredShard[]): Problems {
  const problems = new Map<string, string>()
  for (const [voter, lastTick] of silentVoters(shards)) {
    problems.set(`voter/${voter}`, `no ballot from ${voter} since ${isoOf(lastTick)}`)
  }
  for (const { state, sent, alerted } of shards) {
    for (const [check, row] of state.rows) {
      if (row.blind < blindTicks) continue
      problems.set(
        `check/${check}`,
        `${check}: too few voters could check it for ${row.blind} ticks; its status stays ${row.status}`,
      )
    }
    for (const [contact, { error }] of Object.entries(sent.dead)) {
      // If no alert is for this contact any more, no later success can ever clear the problem.
      if (!alerted.includes(contact)) continue
      problems.set(`contact/${contact}`, `an alert to ${contact} was given up: ${error}`)
    }
  }
  return problems
}

/**
 * The subjects in `ended` that are well again: voters and checks that the plan in force has, and contacts for which
 * no shard has given up an alert, since only a success clears that. About the others it is known only that the plan
 * does not need them. Reads the documents of all shards, but only if a check is in `ended`, which is rare.
 */
export async function wellAmong(
  ended: readonly string[],
  shards: readonly MonitoredShard[],
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
 * Voters silent for too long in every shard, with the last tick they voted in. The shard with the shortest interval
 * finds them first: one with an hourly check expects no ballot for an hour.
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

/** A voter whose last ballot in this shard is at or before this tick is silent, unless another shard heard it later. */
function silentUpTo(state: State, intervalSeconds: number): number {
  // The last closed tick may have closed without its slowest voter, so it does not count against one.
  return state.tick - intervalSeconds - Math.max(silentTicks * intervalSeconds, silentSeconds)
}

/**
 * The tick from which the ballots of a shard must be read because its state misses a voter; undefined if it misses
 * none. A slow voter may miss every tick that is decided early, so a state alone must not call it silent.
 */
export function missesSince(state: State, intervalSeconds: number): Tick | undefined {
  const latest = silentUpTo(state, intervalSeconds)
  const misses = [...state.seen.values()].some((last) => last <= latest)
  return misses ? ((latest + intervalSeconds) as Tick) : undefined
}
