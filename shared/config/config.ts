import type { Alert, CheckName, ContactName, Delay, VoterName } from '../check.ts'
import type { Kind, Target } from '../probers/index.ts'

/** A whole configuration, validated, with all defaults filled in. */
export interface Config {
  /** The regions whose Lambdas vote, in the order written. */
  readonly regions: readonly VoterName[]
  /** The regions that hold a table; at least one. */
  readonly homes: readonly string[]
  readonly runners: readonly Runner[]
  /** The contact for notices about the monitor itself. */
  readonly operators?: ContactName
  readonly contacts: readonly Contact[]
  readonly checks: readonly ConfiguredCheck[]
}

/** A voter outside Lambda. */
export interface Runner {
  readonly name: VoterName
  /** The region of its machine and secrets; for a self-hosted runner, the nearest region. */
  readonly region: string
  /** It runs on the user's own host, so a deployment makes no machine for it. */
  readonly selfHosted?: true
}

/** A named set of endpoints: one SNS topic. */
export interface Contact {
  readonly name: ContactName
  readonly email: readonly string[]
  /** E.164 numbers. */
  readonly sms: readonly string[]
  /** HTTPS addresses. */
  readonly webhook: readonly string[]
}

export type ConfiguredCheck = { readonly [K in Kind]: ConfiguredOf<K> }[Kind]

interface ConfiguredOf<K extends Kind> {
  readonly name: CheckName
  readonly kind: K
  readonly target: Target<K>
  /** The target in one line for people; no credentials. */
  readonly label: string
  /** False: kept in the file but not in the plan. */
  readonly enabled: boolean
  readonly intervalSeconds: number
  readonly timeoutMs: number
  readonly slowMs?: number
  readonly confirmations: number
  readonly delay: Delay
  /** Sorted and distinct. */
  readonly voters: readonly VoterName[]
  readonly alerts: readonly Alert[]
  readonly tags: readonly string[]
  readonly allowPrivate: boolean
}
