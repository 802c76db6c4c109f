import type { Verdict } from '../check.ts'

/** The votes of one check at one tick, counted. Abstentions have arrived and count nowhere. */
export interface Tally {
  readonly offline: number
  readonly slow: number
  readonly online: number
  /** Voters of the check whose ballot has not arrived. */
  readonly missing: number
}

/**
 * The verdict of one check at one tick: the first rule that holds.
 *
 * A verdict is given before the deadline only where no ballot still missing could change it, so closing
 * early never decides otherwise than waiting would have. `offline` needs no such care: `offline >=
 * confirmations` stays true whatever else arrives.
 *
 * @param confirmations how many voters must agree, 1 to the number of voters.
 * @param pastDeadline whether waiting is over: what is missing then stays missing.
 */
export function judge(tally: Tally, confirmations: number, pastDeadline: boolean): Verdict {
  const { offline, slow, online } = tally
  const missing = pastDeadline ? 0 : tally.missing
  const open = missing > 0
  if (offline >= confirmations) return 'offline'
  if (open && offline + missing >= confirmations) return 'open'
  if (offline + slow >= confirmations) return 'degraded'
  if (open && offline + slow + missing >= confirmations) return 'open'
  if (online + slow >= confirmations) return 'online'
  if (open) return 'open'
  return offline + slow + online < confirmations ? 'blind' : 'split'
}
