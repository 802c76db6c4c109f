import {
  type BestEffort,
  bestEfforts,
  type CheckName,
  type PlanVersion,
  type Reason,
  reasons,
  type ShardId,
  type Tick,
  type VoterName,
} from '../check.ts'
import type { Row } from '../quorum/advance.ts'
import { abstained, type Ballot, offline } from '../quorum/ballot.ts'
import type { Handed, State } from '../quorum/state.ts'
import { ballotPrefix } from './keys.ts'

// Converts between the domain's types and the table's attributes. Items are also read with the AWS CLI, so only plain
// numbers, text, lists and maps are stored.

export type Attributes = Record<string, unknown>

export function encodeBallot(ballot: Ballot): Attributes {
  return {
    plan: ballot.plan,
    ms: ballot.ms,
    ...(Object.keys(ballot.failed).length === 0 ? {} : { failed: ballot.failed }),
    ...(ballot.method === undefined ? {} : { method: ballot.method }),
  }
}

/** The attributes of a ballot's item with the votes, but without their reasons. */
export const voteAttributes = ['sk', 'plan', 'ms'] as const

/**
 * Decodes a ballot; tick and voter are in the sort key, `BALLOT#<tick>#<voter>`. Anything malformed in the rest counts
 * as an abstention or is dropped, because no voter may stop a shard with a bad ballot.
 */
export function decodeBallot(item: Attributes): Ballot {
  const [tick, voter] = String(item.sk).slice(ballotPrefix.length).split('#') as [string, string]
  return {
    voter: voter as VoterName,
    tick: Number(tick) as Tick,
    plan: item.plan as PlanVersion,
    ms: Array.isArray(item.ms) ? item.ms.map((ms) => (isPacked(ms) ? ms : abstained)) : [],
    failed: Object.fromEntries(Object.entries(item.failed ?? {}).filter(([, failure]) => isFailure(failure))),
    ...(bestEfforts.includes(item.method as BestEffort) ? { method: item.method as BestEffort } : {}),
  }
}

function isPacked(ms: unknown): ms is number {
  return typeof ms === 'number' && (ms >= 0 || ms === offline)
}

function isFailure(failure: unknown): boolean {
  const { reason, detail } = (failure ?? {}) as Record<string, unknown>
  return (reason === 'abstain' || reasons.includes(reason as Reason)) && typeof detail === 'string'
}

/** A row as a list: status, since, atLeastDegraded, offline, atMostDegraded, online, blind. */
type StoredRow = [Row['status'], Tick, number, number, number, number, number]

export function encodeState(state: State): Attributes {
  const rows: Record<string, StoredRow> = {}
  for (const [name, row] of state.rows) {
    rows[name] = [
      row.status,
      row.since,
      row.atLeastDegraded,
      row.offline,
      row.atMostDegraded,
      row.online,
      row.blind,
    ]
  }
  return {
    revision: state.revision,
    tick: state.tick,
    plan: state.plan,
    planFrom: state.planFrom,
    rows,
    seq: state.seq,
    outbox: state.outbox,
    seen: Object.fromEntries(state.seen),
    // A stream filter can only test whether a scalar exists, so `due` exists only while the outbox is not empty.
    ...(state.due === 0 ? {} : { due: state.due }),
    ...(state.handed === undefined ? {} : { handed: Object.fromEntries(state.handed) }),
    ...(state.origins === undefined ? {} : { origins: Object.fromEntries(state.origins) }),
  }
}

export function decodeState(shard: ShardId, item: Attributes): State {
  const rows = new Map<CheckName, Row>()
  for (const [name, stored] of Object.entries(item.rows as Record<string, StoredRow>)) {
    const [status, since, atLeastDegraded, offline, atMostDegraded, online, blind] = stored
    rows.set(name as CheckName, { status, since, atLeastDegraded, offline, atMostDegraded, online, blind })
  }
  return {
    shard,
    revision: item.revision as number,
    tick: item.tick as Tick,
    plan: item.plan as PlanVersion,
    planFrom: item.planFrom as Tick,
    rows,
    seq: item.seq as number,
    outbox: item.outbox as State['outbox'],
    due: (item.due as number | undefined) ?? 0,
    seen: mapOf<VoterName, Tick>(item.seen),
    ...(item.handed === undefined ? {} : { handed: mapOf<CheckName, Handed>(item.handed) }),
    ...(item.origins === undefined ? {} : { origins: mapOf<CheckName, ShardId>(item.origins) }),
  }
}

function mapOf<Name extends string, Value>(stored: unknown): ReadonlyMap<Name, Value> {
  return new Map(Object.entries(stored as Record<Name, Value>) as [Name, Value][])
}
