import type { CheckName, Decided, Delay, PlanVersion, Status, Tick, VoterName } from '../check.ts'
import { advance, isPlainlyOnline, onlineRow, type Row } from './advance.ts'
import { abstained, type Ballot, isSlow, offline, type Votable } from './ballot.ts'
import { judge } from './judge.ts'

/** The settings of a check that the quorum reads. */
export interface Judged extends Votable {
  readonly confirmations: number
  readonly delay: Delay
}

/** The part of a shard's plan that the quorum reads. */
export interface JudgedShard {
  readonly version: PlanVersion
  readonly voters: readonly VoterName[]
  readonly checks: readonly Judged[]
}

/** A change of status found by `advanceShard`. */
export interface Flip {
  readonly check: CheckName
  readonly from: Status
  readonly to: Status
  readonly tick: Tick
  /** When `from` began; absent for `online`, for which no row is kept. */
  readonly since?: Tick
}

/** A shard's rows, without those of checks that are plainly online. */
export type Rows = ReadonlyMap<CheckName, Row>

/**
 * The verdict of every check of a shard at one tick, in the plan's order, or undefined while one of them is
 * open. Only the first ballot of each voter counts; ballots from anyone who is not a voter are ignored.
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

/** The rows after one decided tick, and the resulting changes of status in the plan's order. */
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

/** Positions of checks by name, computed once per shard: shard objects live as long as their plan is cached. */
const positions = new WeakMap<JudgedShard, ReadonlyMap<CheckName, number>>()

/**
 * The rows at the positions of their checks. Most checks have no row, so looking up every check by name
 * would be most of the cost of a decision.
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
