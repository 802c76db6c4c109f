import type { AlertId, CheckName, Delay, Status, Tick, VoterName } from '../check.ts'
import type { Kind } from '../probers/index.ts'
import type { EvidenceVote } from '../quorum/ballot.ts'

/**
 * A change of status with its evidence, as contacts are alerted of it.
 *
 * `removed`: the check left the configuration while it was not online. `from` equals `to` when a check
 * changed and changed back before anything could be delivered.
 */
export interface Transition {
  readonly alertId: AlertId
  readonly check: CheckName
  readonly kind: Kind
  /** The target in one line, without credentials. */
  readonly label: string
  readonly tags: readonly string[]
  readonly from: Status
  readonly to: Status | 'removed'
  /** The tick whose verdict completed the change. */
  readonly tick: Tick
  /** When `from` began, if known. */
  readonly since?: Tick
  readonly confirmations: number
  readonly delay: Delay
  readonly intervalSeconds: number
  /** The check's `slow` threshold, if it has one. */
  readonly slowMs?: number
  /** Every voter's vote at `tick`, keyed by voter, in the plan's order. Empty for `removed`. */
  readonly votes: Readonly<Record<VoterName, EvidenceVote>>
}

/** A notice to the operators about the monitor itself. */
export interface Notice {
  readonly alertId: AlertId
  /** `voter` silent, `check` blind, `contact` undeliverable, `endpoint` of a contact not subscribed. */
  readonly about: 'voter' | 'check' | 'contact' | 'endpoint'
  readonly name: string
  /** `removed`: it was lost, and left the configuration before it came back. */
  readonly state: 'lost' | 'back' | 'removed'
  readonly tick: Tick
  /** One sentence about the problem or its end. */
  readonly detail: string
}

/** One publish to a contact's SNS topic. */
export interface Message {
  /** ASCII, below 100 characters, no control characters (SNS Publish, `Subject`). */
  readonly subject: string
  /** At most 140 characters of the GSM 03.38 alphabet, an extension character counting as two. */
  readonly sms: string
  /** Plain text with every voter's vote. */
  readonly email: string
  /** The JSON that a webhook receives. */
  readonly http: Readonly<Record<string, unknown>>
  /** SNS message attributes of type String.Array, for subscription filter policies. */
  readonly attributes: Readonly<Record<'check' | 'status' | 'kind' | 'tags' | 'alertId', readonly string[]>>
}
