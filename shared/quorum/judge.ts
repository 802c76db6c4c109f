import type { Verdict } from '../check.ts'

/** Vote counts of one check at one tick. An abstention has arrived, so it is in none of them. */
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
 * Before the deadline, a verdict is returned only if no missing ballot could change it, so closing a tick
 * early gives the same verdict as waiting. `offline` needs no such condition: `offline >= confirmations`
 * stays true whatever else arrives.
 *
 * @param confirmations how many voters must agree, from 1 to the number of voters.
 * @param pastDeadline true once missing ballots are no longer awaited.
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
