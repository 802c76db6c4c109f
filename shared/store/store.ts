import type { AlertId, CheckName, ShardId, Status, Tick, VoterName } from '../check.ts'
import type { Hour } from '../history/hour.ts'
import type { PlanStore, WriteOutcome } from '../plan/plan-store.ts'
import type { Ballot, EvidenceVote } from '../quorum/ballot.ts'
import type { Cursors, Entry } from '../quorum/outbox.ts'
import type { State } from '../quorum/state.ts'

/** The delivery progress of a shard's outbox. Only notify writes it. */
export interface Sent {
  readonly shard: ShardId
  /** Number of writes so far; each is conditional on the previous one. 0: not yet written. */
  readonly revision: number
  /** Until when (epoch ms) the holder of the lease may publish; 0: no lease. */
  readonly leaseUntilMs: number
  readonly cursors: Cursors
  /** Contacts whose publishes are failing: since when, the last attempt (both epoch ms) and the last error. */
  readonly failing: Readonly<
    Record<string, { readonly sinceMs: number; readonly triedMs: number; readonly error: string }>
  >
  /** Contacts for which an alert was given up: when (epoch ms) and why. Cleared by the next success. */
  readonly dead: Readonly<Record<string, { readonly atMs: number; readonly error: string }>>
}

/** The newest change of a check that a contact has dealt with: it was told, or did not want to be. */
export interface ToldNews {
  readonly to: Status | 'removed'
  readonly tick: Tick
  readonly alertId: AlertId
  /** When, epoch ms. */
  readonly atMs: number
  /** It was not told: the contact wants none of such changes. */
  readonly unwanted?: true
}

/** What the contacts of a shard's checks know. Only notify writes it. */
export interface Told {
  readonly shard: ShardId
  /** Counts the writes; a write is conditional on the one before it. 0: not yet written. */
  readonly revision: number
  /** By contact, then by check. */
  readonly contacts: Readonly<Record<string, Readonly<Record<string, ToldNews>>>>
}

/** A given-up publish, kept for people. */
export interface DeadLetter {
  readonly contact: string
  readonly atMs: number
  readonly error: string
  readonly entries: readonly Entry[]
}

/** A transition with its votes, for history. */
export interface Event {
  readonly from: Status
  readonly to: Status | 'removed'
  readonly tick: Tick
  readonly votes: Readonly<Record<VoterName, EvidenceVote>>
}

/** A check's status as last written by notify. Absent: pending. */
export interface StatusItem extends Event {
  readonly label: string
}

/**
 * One home's table. Every write touches a single item, and a conditional one returns whether it was first. Methods
 * throw only when the table cannot be reached or fails.
 */
export interface Store extends PlanStore {
  /** Writes a ballot once. `conflict`: there already is one. `late`: kept for history, never counted. */
  putBallot(
    shard: ShardId,
    ballot: Ballot,
    options: { late: boolean; expires: number },
  ): Promise<WriteOutcome>
  /**
   * The ballots of the ticks from `from` to `to`, both included, by tick, then voter. `votesOnly`: without `failed`,
   * which in an outage is forty times as large as the votes.
   */
  ballots(
    shard: ShardId,
    from: Tick,
    to: Tick,
    options: { consistent: boolean; votesOnly?: boolean },
  ): Promise<readonly Ballot[]>

  state(shard: ShardId, options: { consistent: boolean }): Promise<State | undefined>
  /** Writes `{...state, revision: state.revision + 1}` if the table still holds `state.revision`. */
  putState(state: State): Promise<WriteOutcome>

  /** Read strongly consistently; empty for a shard without the item. */
  sent(shard: ShardId): Promise<Sent>
  /** Writes `{...sent, revision: sent.revision + 1}` if the table still holds `sent.revision`. */
  putSent(sent: Sent): Promise<WriteOutcome>
  /** Read strongly consistently; a shard without one has an empty one. */
  told(shard: ShardId): Promise<Told>
  /** Writes `{...told, revision: told.revision + 1}` if the table still holds `told.revision`. */
  putTold(told: Told): Promise<WriteOutcome>
  putDeadLetter(shard: ShardId, letter: DeadLetter): Promise<void>

  /** Idempotent: a check has one event per tick. */
  putEvent(check: CheckName, event: Event): Promise<void>
  /** The newest events, newest first. */
  events(check: CheckName, limit: number): Promise<readonly Event[]>
  /** `conflict`: the table holds a newer one. */
  putStatus(check: CheckName, status: StatusItem): Promise<WriteOutcome>
  status(check: CheckName): Promise<StatusItem | undefined>

  /** Idempotent: a check has one item per hour, under the hour's first tick. */
  putHour(check: CheckName, start: Tick, hour: Hour): Promise<void>
}
