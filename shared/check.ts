// The project's vocabulary as types: one word per idea, used by every other file.

declare const brand: unique symbol
type Branded<T, Name extends string> = T & { readonly [brand]: Name }

/** A check's unique name: letters, digits, `.`, `_` and `-`, 1–64 characters. */
export type CheckName = Branded<string, 'check'>
/** Who probes: an AWS region's name or a runner's name. */
export type VoterName = Branded<string, 'voter'>
/** A contact's name, which is also the suffix of its SNS topic's name. */
export type ContactName = Branded<string, 'contact'>
/** A shard's id, `<interval>s-<hash of its voters>-<number>`. */
export type ShardId = Branded<string, 'shard'>
/** A plan's version: the first 12 hex digits of its content's SHA-256. */
export type PlanVersion = Branded<string, 'plan'>
/** One scheduled instant in epoch seconds, a multiple of the check's interval. */
export type Tick = Branded<number, 'tick'>
/** `<check>@<tick>`: a transition keeps its id however often it is delivered. */
export type AlertId = Branded<string, 'alert'>

/**
 * Why a target counts as offline. `protocol`: it answered, but broke the check's protocol (garbage, a
 * connection closed in the middle of an answer). `assertion`: the answer was well-formed, but not what
 * the check expects.
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

/** Best-effort half-open methods for hosts without raw sockets; see shared/raw/. */
export const bestEfforts = ['quickack', 'connect'] as const
export type BestEffort = (typeof bestEfforts)[number]

/** `method` is set only for a best-effort probe; an offline vote says it in `detail` instead. */
export type Vote =
  | { readonly vote: 'online'; readonly ms: number; readonly method?: BestEffort }
  | { readonly vote: 'slow'; readonly ms: number; readonly method?: BestEffort }
  | { readonly vote: 'offline'; readonly reason: Reason; readonly detail: string }
  | { readonly vote: 'abstain'; readonly detail: string }

/** The quorum's answer for one check at one tick. `open`: not yet decided. */
export type Verdict = 'online' | 'degraded' | 'offline' | 'split' | 'blind' | 'open'
/** A verdict that is final. */
export type Decided = Exclude<Verdict, 'open'>

/** The published status. */
export type Status = 'pending' | 'online' | 'degraded' | 'offline'

/** Consecutive agreeing ticks before a status changes: `down` towards worse, `up` towards better. */
export interface Delay {
  readonly down: number
  readonly up: number
}

/** Links a check to a contact, for the listed transitions only. */
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
