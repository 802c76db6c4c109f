import type { AlertId, CheckName, ContactName, Status, Tick, Vote, VoterName } from '../check.ts'

// The JSON lines that `dev --json` writes and `replay` reads and writes.

/** One voter's votes at one tick, keyed by check. */
export interface BallotLine {
  readonly type: 'ballot'
  readonly tick: Tick
  readonly voter: VoterName
  readonly votes: Readonly<Record<CheckName, Vote>>
}

export interface TransitionLine {
  readonly type: 'transition'
  readonly check: CheckName
  readonly from: Status
  readonly to: Status | 'removed'
  readonly tick: Tick
  readonly alertId: AlertId
  /** Each voter's vote at the tick; `missing` if no ballot arrived. */
  readonly votes: Readonly<Record<VoterName, Vote['vote'] | 'missing'>>
}

export interface AlertLine {
  readonly type: 'alert'
  readonly contact: ContactName
  readonly alertIds: readonly AlertId[]
  readonly subject: string
  readonly sms: string
  readonly email: string
  readonly http: Readonly<Record<string, unknown>>
}

/** A message for people that is neither a vote nor a transition. */
export interface WarningLine {
  readonly type: 'warning'
  readonly message: string
  readonly check?: CheckName
  readonly voter?: VoterName
  readonly tick?: Tick
}

/** The status of each check and its votes since the start. */
export interface SummaryLine {
  readonly type: 'summary'
  readonly ticks: number
  readonly checks: readonly {
    readonly check: CheckName
    readonly status: Status
    /** Online and slow votes. */
    readonly successes: number
    /** Offline votes. */
    readonly failures: number
    readonly abstentions: number
    /** failures / (successes + failures), 0–1. */
    readonly loss: number
    /** Smoothed round-trip time in ms, 7/8 of the old and 1/8 of the new value; absent before the first success. */
    readonly srttMs?: number
  }[]
}

export type Line = BallotLine | TransitionLine | AlertLine | WarningLine | SummaryLine
