import type { CheckName, Decided, Delay, PlanVersion, Status, Tick, VoterName } from '../check.ts'
import { advance, isPlainlyOnline, onlineRow, type Row } from './advance.ts'
import { abstained, type Ballot, isSlow, offline, type Votable } from './ballot.ts'
import { judge } from './judge.ts'

/** A check as the quorum reads it. */
export interface Judged extends Votable {
  readonly confirmations: number
  readonly delay: Delay
}

/** A shard as the quorum reads it. */
export interface JudgedShard {
  readonly version: PlanVersion
  readonly voters: readonly VoterName[]
  readonly checks: readonly Judged[]
}

/** A change of status as `decide` finds it. */
export interface Flip {
  readonly check: CheckName
  readonly from: Status
  readonly to: Status
  readonly tick: Tick
  /** When the check took on `from`; absent for `online`, of which no row is kept. */
  readonly since?: Tick
}

/** The rows of a shard: only of checks that are not plainly online. */
export type Rows = ReadonlyMap<CheckName, Row>

/**
 * The verdict of every check of a shard at one tick, in the plan's order, or undefined while one of them is
 * open. Each voter counts once, whatever the order or number of its ballots (the first one counts);
 * ballots of strangers do not count.
 */
export function verdicts(
  shard: JudgedShard,
  ballots: readonly Ballot[],
  pastDeadline: boolean,
): readonly Decided[] | undefined {
  const arrived = new Map<VoterName, Ballot>()
  for (const ballot of ballots) {
    if (shard.voters.includes(ballot.voter) && !arrived.has(ballot.voter)) arrived.set(ballot.voter, ballot)
  }
  const counted = [...arrived.values()].filter((ballot) => ballot.plan === shard.version)
  const missing = shard.voters.length - arrived.size
  const decided: Decided[] = []
  for (let index = 0; index < shard.checks.length; index++) {
    const check = shard.checks[index]!
    const tally = { offline: 0, slow: 0, online: 0, missing }
    for (const ballot of counted) {
      const ms = ballot.ms[index]
      if (ms === undefined || ms === abstained) continue
      if (ms === offline) tally.offline++
      else if (isSlow(ms, check)) tally.slow++
      else tally.online++
    }
    const verdict = judge(tally, check.confirmations, pastDeadline)
    if (verdict === 'open') return undefined
    decided.push(verdict)
  }
  return decided
}

/** The rows after one decided tick, and the changes of status it brought, in the plan's order. */
export function advanceShard(
  shard: JudgedShard,
  rows: Rows,
  decided: readonly Decided[],
  tick: Tick,
): { rows: Rows; flips: readonly Flip[] } {
  const next = new Map<CheckName, Row>()
  const flips: Flip[] = []
  const placed = inPlanOrder(rows, shard)
  for (let index = 0; index < shard.checks.length; index++) {
    const verdict = decided[index]!
    const before = placed[index]
    if (before === undefined && (verdict === 'online' || verdict === 'split')) continue
    const check = shard.checks[index]!
    const after = advance(before ?? onlineRow(tick), verdict, check.delay, tick)
    if (!isPlainlyOnline(after)) next.set(check.name, after)
    const from = before?.status ?? 'online'
    if (after.status !== from) {
      const since = before === undefined || from === 'online' ? {} : { since: before.since }
      flips.push({ check: check.name, from, to: after.status, tick, ...since })
    }
  }
  return { rows: next, flips }
}

/** A plan's shards live as long as the plan is cached, so where each check stands is worked out once. */
const positions = new WeakMap<JudgedShard, ReadonlyMap<CheckName, number>>()

/**
 * The rows where their checks stand in the plan. Most checks have none: looking each of them up by its name
 * would be most of what a decision costs.
 */
function inPlanOrder(rows: Rows, shard: JudgedShard): readonly (Row | undefined)[] {
  const placed: (Row | undefined)[] = Array(shard.checks.length)
  let known = positions.get(shard)
  if (known === undefined) {
    known = new Map(shard.checks.map(({ name }, index) => [name, index]))
    positions.set(shard, known)
  }
  for (const [name, row] of rows) {
    const index = known.get(name)
    if (index !== undefined) placed[index] = row
  }
  return placed
}
