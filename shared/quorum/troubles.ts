import { isoOf, type Tick, type VoterName } from '../check.ts'
import type { ShardPlan } from '../plan/plan.ts'
import type { Sent } from '../store/store.ts'
import type { State } from './state.ts'

/** A check that was blind for so many ticks is announced. */
const blindTicks = 3
/** A voter that was silent for so many ticks, and at least so long, is announced. */
const silentTicks = 3
const silentSeconds = 180

/** What is wrong now: the subject (`voter/…`, `check/…`, `contact/…`) and one sentence about it. */
export type Troubles = ReadonlyMap<string, string>

/** A shard as the watch sees it. */
export interface Watched {
  readonly state: State
  readonly sent: Sent
  readonly intervalSeconds: number
  /** The shard in the plan in force; undefined where that has no such shard. */
  readonly planned: Pick<ShardPlan, 'voters' | 'checks'> | undefined
}

/** Reads what is wrong from the states of all shards and from what could not be delivered. */
export function troublesIn(shards: readonly Watched[]): Troubles {
  const troubles = new Map<string, string>()
  for (const [voter, lastTick] of silentVoters(shards)) {
    troubles.set(`voter/${voter}`, `no ballot from ${voter} since ${isoOf(lastTick)}`)
  }
  for (const { state, sent, planned } of shards) {
    for (const [check, row] of state.rows) {
      if (row.blind < blindTicks) continue
      troubles.set(
        `check/${check}`,
        `${check} was not seen by enough voters for ${row.blind} ticks; it counts as ${row.status}`,
      )
    }
    for (const [contact, { error }] of Object.entries(sent.dead)) {
      // Where nothing is for this contact any more, no success can ever take it back.
      if (!alerts(planned, contact)) continue
      troubles.set(`contact/${contact}`, `an alert to ${contact} was given up: ${error}`)
    }
  }
  return troubles
}

function alerts(planned: Watched['planned'], name: string): boolean {
  return planned?.checks.some((check) => check.alerts.some(({ contact }) => contact === name)) ?? false
}

/** Whether a subject that is not wrong any more is well; else the plan in force just has no use for it. */
export function isNeeded(subject: string, shards: readonly Watched[]): boolean {
  const slash = subject.indexOf('/')
  const name = subject.slice(slash + 1)
  switch (subject.slice(0, slash)) {
    case 'voter':
      return shards.some(({ planned }) => planned?.voters.includes(name as VoterName))
    case 'check':
      return shards.some(({ planned }) => planned?.checks.some((check) => check.name === name))
    default:
      // A success would have cleared it.
      return !shards.some(({ sent }) => Object.hasOwn(sent.dead, name))
  }
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
