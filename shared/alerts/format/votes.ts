import type { EvidenceVote } from '../../quorum/ballot.ts'
import type { Transition } from '../transition.ts'

/** The votes of a transition, counted. */
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

/** The reasons of the offline votes, the most frequent first, at equal frequency in the order of the votes. */
export function reasonsOf(transition: Transition): readonly string[] {
  const counts = new Map<string, number>()
  for (const vote of Object.values<EvidenceVote>(transition.votes)) {
    if (vote.vote === 'offline') counts.set(vote.reason, (counts.get(vote.reason) ?? 0) + 1)
  }
  return [...counts].toSorted(([, first], [, second]) => second - first).map(([reason]) => reason)
}

/** What the first voter that gave the main reason saw, in its own words; undefined where nobody said. */
export function mainDetail(transition: Transition): string | undefined {
  const reason = reasonsOf(transition)[0]
  for (const vote of Object.values<EvidenceVote>(transition.votes)) {
    if (vote.vote === 'offline' && vote.reason === reason && vote.detail !== '') return vote.detail
  }
  return undefined
}

/** Whether a transition goes towards better, which decides which of the two delays it had to wait. */
export function isRecovery({ from, to }: Pick<Transition, 'from' | 'to'>): boolean {
  return to === 'online' || (to === 'degraded' && from === 'offline')
}

/** How many agreeing ticks in a row the transition took. */
export function delayTicks(transition: Transition): number {
  return isRecovery(transition) ? transition.delay.up : transition.delay.down
}
