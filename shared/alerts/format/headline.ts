import type { Status } from '../../check.ts'
import { formatSpan, formatThreshold } from '../../text/duration.ts'
import { toLine } from '../../text/escape.ts'
import type { Transition } from '../transition.ts'
import { countVotes, reasonsOf } from './votes.ts'

// One line that an on-call engineer can read in a second. Only bad statuses are in capitals: OFFLINE and ONLINE
// look alike at three in the morning.

/** A status for people: bad ones in capitals. */
export function formatStatus(status: Status | 'removed'): string {
  return status === 'offline' || status === 'degraded' ? status.toUpperCase() : status
}

/** A check's name, safe to show; the configuration allows 64 characters. */
export function spellName(name: string): string {
  return toLine(name, 64) || '?'
}

/** One sentence without a full stop: `web is OFFLINE: refused (2 of 3 voters)`. */
export function headline(transition: Transition): string {
  const name = spellName(transition.check)
  const finding = spellFinding(transition)
  const because = finding === '' ? '' : `: ${finding}`
  if (transition.from === transition.to) return `${name} ${spellRoundTrip(transition.to)}`
  switch (transition.to) {
    case 'offline':
      return `${name} is OFFLINE${transition.from === 'pending' ? ' since it was added' : ''}${because}`
    case 'degraded':
      if (transition.from === 'pending') return `${name} is DEGRADED since it was added${because}`
      return `${name} is DEGRADED${transition.from === 'offline' ? ', no longer offline' : ''}${because}`
    case 'online':
      if (transition.from === 'pending') return `${name} is online${because}`
      return `${name} is online again ${spellPast(transition)}${finding === '' ? '' : ` (${finding})`}`
    case 'pending':
      return `${name} is pending`
    case 'removed':
      return `${name} was removed ${transition.since === undefined ? 'while' : 'after'} ${formatOutage(transition)}`
  }
}

/** The votes in a few words: `refused (2 of 3 voters)`; empty without votes. */
export function spellFinding(transition: Transition): string {
  const { voters, offline, slow, online } = countVotes(transition)
  if (voters === 0) return ''
  const over = transition.slowMs === undefined ? 'slow' : `over ${formatThreshold(transition.slowMs)}`
  switch (transition.to) {
    case 'offline':
      return `${spellReasons(transition)} (${offline} of ${voters} voters)`
    case 'degraded':
      // An offline check also becomes degraded if it answers, but has not been online for long enough.
      if (offline + slow < transition.confirmations)
        return `answers again (${online + slow} of ${voters} voters)`
      if (offline === 0) return `${slow} of ${voters} voters ${over}`
      return `${offline} of ${voters} voters offline, ${slow} ${over}`
    case 'online':
    case 'pending':
    case 'removed':
      return `${online + slow} of ${voters} voters`
  }
}

function spellReasons(transition: Transition): string {
  const reasons = reasonsOf(transition)
  if (reasons.length === 0) return 'offline'
  return reasons.length <= 2 ? reasons.join(', ') : `${reasons.slice(0, 2).join(', ')}, …`
}

// A change and its reversal in one delivery: the contact still knows the status from before both.
function spellRoundTrip(to: Transition['to']): string {
  switch (to) {
    case 'online':
      return 'is online: it was offline or degraded and came back before this could be delivered'
    case 'offline':
      return 'is still OFFLINE: it recovered and failed again before this could be delivered'
    case 'degraded':
    case 'pending':
    case 'removed':
      return `is still ${formatStatus(to)}: it changed and changed back before this could be delivered`
  }
}

function spellPast(transition: Transition): string {
  return transition.since === undefined ? `(was ${transition.from})` : `after ${formatOutage(transition)}`
}

/** `12 min offline`, or only `offline` if its beginning is unknown. */
export function formatOutage({ from, since, tick }: Transition): string {
  return since === undefined ? from : `${formatSpan(Math.max(0, tick - since))} ${from}`
}
