// The words of the project as types. One word per idea; every other file uses these.

declare const brand: unique symbol
type Branded<T, Name extends string> = T & { readonly [brand]: Name }

/** A check's unique name: letters, digits, `.`, `_` and `-`, 1–64 characters. */
export type CheckName = Branded<string, 'check'>
/** Who probes: an AWS region's name or a runner's name. */
export type VoterName = Branded<string, 'voter'>
/** A contact's name, at the same time the suffix of its SNS topic's name. */
export type ContactName = Branded<string, 'contact'>
/** A shard's id, `<interval>s-<hash of its voters>-<number>`. */
export type ShardId = Branded<string, 'shard'>
/** A plan's version: 12 hex digits of the hash of its content. */
export type PlanVersion = Branded<string, 'plan'>
/** One scheduled instant in epoch seconds, a multiple of the check's interval. */
export type Tick = Branded<number, 'tick'>
/** `<check>@<tick>`: the same transition has the same id however often it is delivered. */
export type AlertId = Branded<string, 'alert'>

/**
 * Why a target counts as offline. `protocol`: it answered, but not in the language of the check (garbage,
 * a closed connection in the middle of an answer). `assertion`: it answered properly, and the answer is
 * not what the check expects.
 */
export const reasons = [
  'refused',
  'reset',
  'timeout',
  'unreachable',
  'dns',
  'tls',
  'expired',
  'protocol',
  'status',
  'assertion',
  'redirect',
  'forbidden',
] as const
export type Reason = (typeof reasons)[number]

/** How half-open probes are made where raw sockets cannot be opened: best effort, see shared/raw/. */
export const bestEfforts = ['quickack', 'connect'] as const
export type BestEffort = (typeof bestEfforts)[number]

/** `method` is there where it was best effort only; a detail says so itself. */
export type Vote =
  | { readonly vote: 'online'; readonly ms: number; readonly method?: BestEffort }
  | { readonly vote: 'slow'; readonly ms: number; readonly method?: BestEffort }
  | { readonly vote: 'offline'; readonly reason: Reason; readonly detail: string }
  | { readonly vote: 'abstain'; readonly detail: string }

/** What the quorum says of one check at one tick. `open`: not yet decided. */
export type Verdict = 'online' | 'degraded' | 'offline' | 'split' | 'blind' | 'open'
/** A verdict that is final. */
export type Decided = Exclude<Verdict, 'open'>

/** What the world is told. */
export type Status = 'pending' | 'online' | 'degraded' | 'offline'

/** After how many agreeing ticks in a row a status changes: `down` towards worse, `up` towards better. */
export interface Delay {
  readonly down: number
  readonly up: number
}

/** The link from a check to a contact, with the transitions it is for. */
export interface Alert {
  readonly contact: ContactName
  readonly on: readonly ('online' | 'degraded' | 'offline')[]
}

export function alertId(check: CheckName, tick: Tick): AlertId {
  return `${check}@${tick}` as AlertId
}

/** The last tick at or before `epochSeconds` of a schedule with this interval. */
export function tickAtOrBefore(epochSeconds: number, intervalSeconds: number): Tick {
  return (Math.floor(epochSeconds / intervalSeconds) * intervalSeconds) as Tick
}

/** The first tick at or after `epochSeconds` of a schedule with this interval. */
export function tickAtOrAfter(epochSeconds: number, intervalSeconds: number): Tick {
  return (Math.ceil(epochSeconds / intervalSeconds) * intervalSeconds) as Tick
}

/** A tick as ISO 8601 in UTC, to the second: `2026-11-20T07:31:40Z`. */
export function isoOf(tick: Tick): string {
  return new Date(tick * 1000).toISOString().replace('.000Z', 'Z')
}
