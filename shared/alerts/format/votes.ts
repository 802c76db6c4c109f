import type { EvidenceVote } from '../../quorum/ballot.ts'
import type { Transition } from '../transition.ts'

/** Vote counts of a transition. */
export interface VoteCounts {
  readonly voters: number
  readonly offline: number
  readonly slow: number
  readonly online: number
}

/** Counts votes; abstentions and missing ballots count as voters only. */
export function countVotes(transition: Transition): VoteCounts {
  const votes = Object.values<EvidenceVote>(transition.votes)
  const count = (word: EvidenceVote['vote']) => votes.filter((vote) => vote.vote === word).length
  return { voters: votes.length, offline: count('offline'), slow: count('slow'), online: count('online') }
}

/** The reasons of the offline votes by frequency, the most frequent first; ties in the order of the votes. */
export function reasonsOf(transition: Transition): readonly string[] {
  const counts = new Map<string, number>()
  for (const vote of Object.values<EvidenceVote>(transition.votes)) {
    if (vote.vote === 'offline') counts.set(vote.reason, (counts.get(vote.reason) ?? 0) + 1)
  }
  return [...counts].toSorted(([, first], [, second]) => second - first).map(([reason]) => reason)
}

/** The detail of the first vote with the most frequent reason; undefined if there is none. */
export function mainDetail(transition: Transition): string | undefined {
  const reason = reasonsOf(transition)[0]
  for (const vote of Object.values<EvidenceVote>(transition.votes)) {
    if (vote.vote === 'offline' && vote.reason === reason && vote.detail !== '') return vote.detail
  }
  return undefined
}

/** Whether a transition is towards better, and so had to wait for the `up` delay. */
export function isRecovery({ from, to }: Pick<Transition, 'from' | 'to'>): boolean {
  return to === 'online' || (to === 'degraded' && from === 'offline')
}

/** The number of consecutive agreeing ticks that the transition needed. */
export function delayTicks(transition: Transition): number {
  return isRecovery(transition) ? transition.delay.up : transition.delay.down
}
