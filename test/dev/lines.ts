import {
  alertId,
  type CheckName,
  type ContactName,
  type Tick,
  type Vote,
  type VoterName,
} from '../../shared/check.ts'
import type { AlertLine, BallotLine, TransitionLine } from '../../shared/replay/lines.ts'

/** 2026-11-20T07:31:00Z. */
export const tick = 1795159860 as Tick
export const voters = ['us-east-1', 'eu-west-1', 'ap-southeast-2'] as VoterName[]

export const on = (ms = 12): Vote => ({ vote: 'online', ms })
export const slow = (ms = 1240): Vote => ({ vote: 'slow', ms })
export const off = (detail = '127.0.0.1:5432 refused the connection'): Vote => ({
  vote: 'offline',
  reason: 'refused',
  detail,
})
export const abstain = (detail = 'no free socket (EMFILE)'): Vote => ({ vote: 'abstain', detail })

export function check(
  name: string,
  changes: { intervalSeconds?: number; slowMs?: number; voters?: VoterName[] } = {},
) {
  return { name: name as CheckName, intervalSeconds: 10, slowMs: 1000, ...changes }
}

export function ballot(after: number, voter: number, votes: Record<string, Vote>): BallotLine {
  return {
    type: 'ballot',
    tick: (tick + after) as Tick,
    voter: voters[voter]!,
    votes: votes as BallotLine['votes'],
  }
}

export function transition(
  name: string,
  from: TransitionLine['from'],
  to: TransitionLine['to'],
  votes: TransitionLine['votes'][VoterName][],
): TransitionLine {
  return {
    type: 'transition',
    check: name as CheckName,
    from,
    to,
    tick,
    alertId: alertId(name as CheckName, tick),
    votes: Object.fromEntries(votes.map((vote, index) => [voters[index]!, vote])) as TransitionLine['votes'],
  }
}

export function alert(changes: Partial<Omit<AlertLine, 'type'>> = {}): AlertLine {
  return {
    type: 'alert',
    contact: 'oncall' as ContactName,
    alertIds: [alertId('web' as CheckName, tick)],
    subject: 'web is OFFLINE: refused (2 of 3 voters)',
    sms: 'OFFLINE web: refused (2 of 3 voters), 07:31 UTC. 127.0.0.1:5432 refused the connection',
    email:
      'web is OFFLINE: refused (2 of 3 voters)\n\nVotes:\n  us-east-1       OFFLINE\n  ap-southeast-2  online\n',
    http: { version: 1, type: 'transitions' },
    ...changes,
  }
}
