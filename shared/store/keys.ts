import { type CheckName, isoOf, type PlanVersion, type ShardId, type Tick, type VoterName } from '../check.ts'

// Primary keys of the single table. Ticks have ten digits until the year 2286, so they sort as text.

interface Key {
  readonly pk: string
  readonly sk: string
}

export const shardKey = (shard: ShardId) => `SHARD#${shard}`
export const checkKey = (check: CheckName) => `CHECK#${check}`

export const ballotPrefix = 'BALLOT#'

export function ballotKey(shard: ShardId, tick: Tick, voter: VoterName, late: boolean): Key {
  return { pk: shardKey(shard), sk: `${late ? 'LATE#' : ballotPrefix}${tick}#${voter}` }
}

export function ballotRange(from: Tick, to: Tick): { first: string; last: string } {
  // '$' is the character after '#', so every voter of the tick `to` sorts before it.
  return { first: `${ballotPrefix}${from}#`, last: `${ballotPrefix}${to}$` }
}

export const stateKey = (shard: ShardId): Key => ({ pk: shardKey(shard), sk: 'STATE' })
export const sentKey = (shard: ShardId): Key => ({ pk: shardKey(shard), sk: 'SENT' })
export const toldKey = (shard: ShardId): Key => ({ pk: shardKey(shard), sk: 'TOLD' })
export const statusKey = (check: CheckName): Key => ({ pk: checkKey(check), sk: 'STATUS' })
export const currentPlanKey: Key = { pk: 'PLAN', sk: 'CURRENT' }

export const deploymentKey: Key = { pk: 'PLAN', sk: 'DEPLOYED' }

export function deadLetterKey(shard: ShardId, atMs: number, contact: string): Key {
  return { pk: shardKey(shard), sk: `DEAD#${new Date(atMs).toISOString()}#${contact}` }
}

export const eventPrefix = 'EVENT#'

export function eventKey(check: CheckName, tick: Tick): Key {
  return { pk: checkKey(check), sk: `${eventPrefix}${isoOf(tick)}` }
}

/** @param start the first tick of the hour. */
export function hourKey(check: CheckName, start: Tick): Key {
  return { pk: checkKey(check), sk: `HOUR#${isoOf(start)}` }
}

export function documentKey(version: PlanVersion, part: string): Key {
  return { pk: 'PLAN', sk: `${version}#${part}` }
}

/** The shard of a partition key; throws for any other key. */
export function shardOf(pk: string): ShardId {
  if (!pk.startsWith('SHARD#')) throw new Error(`"${pk}" is not the key of a shard`)
  return pk.slice('SHARD#'.length) as ShardId
}
