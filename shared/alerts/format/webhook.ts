import { isoOf } from '../../check.ts'
import type { EvidenceVote } from '../../quorum/ballot.ts'
import { toLine } from '../../text/escape.ts'
import { utf8Bytes } from '../../text/truncate.ts'
import type { Message, Transition } from '../transition.ts'
import { divide } from './divide.ts'
import { headline } from './headline.ts'
import { severity } from './ranking.ts'

/** Raised only for changes that break receivers, not for new fields. */
export const webhookVersion = 1

// The webhook's share of the 200 KB of a message (envelope.ts).
const limits = { bytes: 84 * 1024, wholeBytes: 56 * 1024 }
/** More voters and tags than any sensible check has; they bound the evidence of one check. */
export const maxVoters = 40
export const maxTags = 20

/**
 * The webhook's JSON of a digest: every transition with its votes. In a long digest only the first 20 have votes,
 * further ones have none, and the rest is only counted in `omitted.transitions`.
 *
 * @param ranked in the order of `rank`.
 * @param omittedAttributeValues how many values the message attributes left out.
 */
export function transitionWebhook(
  ranked: readonly Transition[],
  summary: string,
  omittedAttributeValues: number,
): Message['http'] {
  const divided = divide(ranked, limits, {
    whole: (transition) => embeddedBytes(entryWithVotes(transition)),
    brief: (transition) => embeddedBytes(entry(transition)),
  })
  const omitted = {
    votes: divided.brief.length + divided.omitted,
    transitions: divided.omitted,
    attributeValues: omittedAttributeValues,
  }
  return {
    version: webhookVersion,
    type: 'transitions',
    summary,
    counts: Object.fromEntries(
      severity.map((to) => [to, ranked.filter((transition) => transition.to === to).length]),
    ),
    truncated: Object.values(omitted).some((count) => count > 0),
    omitted,
    transitions: [...divided.whole.map(entryWithVotes), ...divided.brief.map(entry)],
  }
}

/** A value's size as JSON inside a JSON string, which is how SNS carries it, plus a separating comma. */
export function embeddedBytes(value: unknown): number {
  return utf8Bytes(JSON.stringify(JSON.stringify(value))) - 1
}

function entry(transition: Transition) {
  return {
    alertId: toLine(transition.alertId, 96),
    check: toLine(transition.check, 64),
    kind: transition.kind,
    from: transition.from,
    to: transition.to,
    tick: transition.tick,
    at: isoOf(transition.tick),
  }
}

function entryWithVotes(transition: Transition) {
  const votes = Object.entries<EvidenceVote>(transition.votes)
  return {
    ...entry(transition),
    headline: headline(transition),
    target: toLine(transition.label, 200),
    tags: transition.tags.slice(0, maxTags).map((tag) => toLine(tag, 64)),
    ...(transition.since === undefined ? {} : { since: transition.since }),
    confirmations: transition.confirmations,
    delay: { down: transition.delay.down, up: transition.delay.up },
    intervalSeconds: transition.intervalSeconds,
    ...(transition.slowMs === undefined ? {} : { slowMs: transition.slowMs }),
    votes: Object.fromEntries(
      votes.slice(0, maxVoters).map(([voter, vote]) => [toLine(voter, 64), spellVote(vote)]),
    ),
    ...(votes.length <= maxVoters ? {} : { omittedVoters: votes.length - maxVoters }),
  }
}

// Field by field, so that a field added to votes some day is not sent to third parties by accident.
function spellVote(vote: EvidenceVote): EvidenceVote {
  switch (vote.vote) {
    case 'online':
    case 'slow':
      return { vote: vote.vote, ms: vote.ms, ...(vote.method === undefined ? {} : { method: vote.method }) }
    case 'offline':
      return { vote: 'offline', reason: vote.reason, detail: toLine(vote.detail, 160) }
    case 'abstain':
      return { vote: 'abstain', detail: toLine(vote.detail, 160) }
    case 'missing':
      return { vote: 'missing' }
  }
}
