import type { Transition } from '../../shared/alerts/transition.ts'
import { alertId, type CheckName, type Tick, type VoterName } from '../../shared/check.ts'
import type { EvidenceVote } from '../../shared/quorum/ballot.ts'

/** 2026-11-20T07:31:00Z. */
export const tick = 1795159860 as Tick

const refused = {
  vote: 'offline',
  reason: 'refused',
  detail: '192.0.2.1:443 refused the connection',
} as const

/** `web` goes offline after two days online: two of three voters were refused. */
export function transition(
  changes: Partial<Omit<Transition, 'check' | 'alertId'>> & { readonly check?: string } = {},
): Transition {
  const check = (changes.check ?? 'web') as CheckName
  return {
    kind: 'http',
    label: 'https://example.com/',
    tags: ['shop'],
    from: 'online',
    to: 'offline',
    tick,
    since: (tick - 2 * 86_400 - 3_600) as Tick,
    confirmations: 2,
    delay: { down: 3, up: 1 },
    intervalSeconds: 60,
    slowMs: 1000,
    votes: votes({
      'us-east-1': refused,
      'eu-west-1': refused,
      'ap-southeast-2': { vote: 'online', ms: 12.34 },
    }),
    ...changes,
    check,
    alertId: alertId(check, changes.tick ?? tick),
  }
}

export function votes(given: Record<string, EvidenceVote>): Transition['votes'] {
  return given as Record<VoterName, EvidenceVote>
}
