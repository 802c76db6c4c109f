import { type BestEffort, isoOf } from '../../check.ts'
import type { EvidenceVote } from '../../quorum/ballot.ts'
import { formatLatency, formatSpan, formatThreshold } from '../../text/duration.ts'
import { toLine } from '../../text/escape.ts'
import { countOf } from '../../text/number.ts'
import { utf8Bytes } from '../../text/truncate.ts'
import type { Transition } from '../transition.ts'
import { divide } from './divide.ts'
import { formatStatus, headline, spellName } from './headline.ts'
import { groupByStatus } from './ranking.ts'
import { summarizeCounts } from './summary.ts'
import { countVotes, delayTicks, isRecovery } from './votes.ts'
import { maxTags, maxVoters } from './webhook.ts'

// The mail's share of the 200 KB of a message (envelope.ts).
const limits = { bytes: 62 * 1024, wholeBytes: 48 * 1024 }
/** RFC 5322, section 2.1.1, asks for lines below 78 characters. */
const columns = 76

/** The body of a digest's mail, given in the order of `rank`: plain text, every voter's vote. */
export function transitionMail(ranked: readonly Transition[]): string {
  if (ranked.length === 1) return `${section(ranked[0]!)}\n`
  const divided = divide(ranked, limits, {
    // The headline is in the overview as well.
    whole: (transition) => embeddedBytes(`${section(transition)}${headline(transition)}\n\n\n`),
    brief: (transition) => embeddedBytes(`${spellName(transition.check)},\n  `),
  })
  const parts = [
    summarizeCounts(ranked),
    ...(divided.whole.length === 0
      ? []
      : [divided.whole.map((transition) => `  ${headline(transition)}`).join('\n')]),
    ...divided.whole.map(section),
    ...(divided.brief.length === 0
      ? []
      : [`Without their votes, to keep this short:\n${names(divided.brief)}`]),
    ...(divided.omitted === 0 ? [] : [`And ${countOf(divided.omitted, 'more check')} without their names.`]),
  ]
  return `${parts.join('\n\n')}\n`
}

function embeddedBytes(text: string): number {
  return utf8Bytes(JSON.stringify(text)) - 2
}

function section(transition: Transition): string {
  const title = headline(transition)
  const fields = fieldsOf(transition).map(([name, value]) => `${`${name}:`.padEnd(9)} ${value}`)
  const votes = votesOf(transition)
  return [title, '-'.repeat(Math.min([...title].length, columns)), ...fields, ...votes].join('\n')
}

function fieldsOf(transition: Transition): readonly (readonly [string, string])[] {
  const { from, to, tick, since, tags } = transition
  const moved = from !== to
  const fields: [string, string][] = [['Target', toLine(`${transition.kind} ${transition.label}`, 200)]]
  if (tags.length > 0) fields.push(['Tags', spellTags(tags)])
  if (moved && since !== undefined) {
    fields.push(['Before', `${from} since ${isoOf(since)} (${formatSpan(Math.max(0, tick - since))})`])
  } else if (moved) {
    fields.push(['Before', from])
  }
  if (to === 'removed') {
    fields.push(['Removed', isoOf(tick)])
  } else {
    if (moved) fields.push([isRecovery(transition) ? 'Back' : 'Began', spellBeginning(transition)])
    fields.push(['Decided', isoOf(tick)], ['Because', spellDecision(transition)])
  }
  fields.push(['Alert', toLine(transition.alertId, 96)])
  return fields
}

function spellTags(tags: readonly string[]): string {
  const shown = tags.slice(0, maxTags).map((tag) => toLine(tag, 64))
  return tags.length > maxTags ? `${shown.join(', ')} and ${tags.length - maxTags} more` : shown.join(', ')
}

// The streak is as long as the delay, but with blind ticks inside it may have begun earlier.
function spellBeginning(transition: Transition): string {
  const streakSeconds = (delayTicks(transition) - 1) * transition.intervalSeconds
  return `${isoOf((transition.tick - streakSeconds) as Transition['tick'])} or shortly before`
}

/** `2 of 3 voters said offline; 2 were needed in 3 consecutive ticks of 60 s`. */
function spellDecision(transition: Transition): string {
  const { voters, offline, slow, online } = countVotes(transition)
  const { confirmations, intervalSeconds } = transition
  const ticks = delayTicks(transition)
  const said =
    transition.to === 'offline'
      ? `${offline} of ${voters} voters said offline`
      : transition.to === 'degraded' && offline + slow >= confirmations
        ? `${offline + slow} of ${voters} voters said ${offline === 0 ? 'slow' : 'slow or offline'}`
        : `${online + slow} of ${voters} voters said ${slow === 0 ? 'online' : 'online or slow'}`
  const interval = intervalSeconds < 120 ? `${intervalSeconds} s` : formatSpan(intervalSeconds)
  return (
    `${said}; ${confirmations} ${confirmations === 1 ? 'was' : 'were'} needed in ` +
    `${ticks === 1 ? 'one tick' : `${ticks} consecutive ticks`} of ${interval}`
  )
}

function votesOf(transition: Transition): readonly string[] {
  const votes = Object.entries<EvidenceVote>(transition.votes).map(([voter, vote]) => ({
    voter: toLine(voter, 64),
    vote,
  }))
  if (votes.length === 0) return []
  const width = Math.max(...votes.map(({ voter }) => voter.length))
  const shown = votes
    .slice(0, maxVoters)
    .map(({ voter, vote }) => `  ${voter.padEnd(width)}  ${spellVote(vote, transition.slowMs)}`)
  const more = votes.length > maxVoters ? [`  and ${countOf(votes.length - maxVoters, 'more voter')}`] : []
  return ['', `Votes at ${isoOf(transition.tick)}:`, ...shown, ...more]
}

function spellVote(vote: EvidenceVote, slowMs: number | undefined): string {
  switch (vote.vote) {
    case 'online':
      return `online   ${formatLatency(vote.ms)}${spellMethod(vote)}`
    case 'slow':
      return `slow     ${formatLatency(vote.ms)}${slowMs === undefined ? '' : `, over ${formatThreshold(slowMs)}`}${spellMethod(vote)}`
    case 'offline':
      return `OFFLINE  ${vote.reason}: ${toLine(vote.detail, 160)}`
    case 'abstain':
      return `abstain  ${toLine(vote.detail, 160)}`
    case 'missing':
      return 'missing  no ballot yet when this was decided'
  }
}

function spellMethod({ method }: { readonly method?: BestEffort }): string {
  return method === undefined ? '' : ` (method: ${method})`
}

function names(transitions: readonly Transition[]): string {
  return groupByStatus(transitions)
    .map(({ to, members }) =>
      wrap(`${formatStatus(to)}: ${members.map(({ check }) => spellName(check)).join(', ')}`),
    )
    .join('\n')
}

/** Breaks a list at its spaces into indented lines. */
function wrap(text: string): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + word.length < columns) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(`${lines.length === 0 ? '  ' : '    '}${word}`)
  }
  return lines.join('\n')
}
