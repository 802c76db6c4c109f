import { formatTimeOfDay } from '../../text/duration.ts'
import { toLine } from '../../text/escape.ts'
import type { Transition } from '../transition.ts'
import { clipGsm, gsmLength, toGsm } from './gsm.ts'
import { formatOutage, formatStatus, spellFinding, spellName } from './headline.ts'
import { summarize } from './summary.ts'
import { mainDetail } from './votes.ts'

// An SMS holds 140 bytes or 160 GSM 03.38 characters (SNS Developer Guide, "Publishing to a mobile phone"). SNS
// counts 140 characters when it sends ASCII, and some carriers prepend a sender: 140 fits everywhere.
const maxLength = 140
/** Minimum room for a detail; less would only show a fragment. */
const minDetail = 20

/** Any one-line text as an SMS. */
export function toSms(text: string): string {
  return clipGsm(text, maxLength)
}

/** The SMS of a digest, given in the order of `rank`: the most important first, because screens cut off the rest. */
export function transitionSms(ranked: readonly Transition[]): string {
  if (ranked.length > 1) {
    return toSms(summarize(ranked, '', true, (line) => gsmLength(toGsm(line))! <= maxLength))
  }
  const transition = ranked[0]!
  const sentence = `${spellOne(transition)}, ${formatTimeOfDay(transition.tick)}`
  const detail =
    transition.to === 'offline' && transition.from !== 'offline' ? mainDetail(transition) : undefined
  const room = maxLength - gsmLength(toGsm(sentence))!
  return toSms(
    detail === undefined || room < minDetail ? sentence : `${sentence}. ${toLine(detail, maxLength)}`,
  )
}

function spellOne(transition: Transition): string {
  const { from, to } = transition
  const name = spellName(transition.check)
  const finding = spellFinding(transition)
  const colon = finding === '' ? '' : `: ${finding}`
  const brackets = finding === '' ? '' : ` (${finding})`
  if (from === to)
    return `${to === 'online' ? '' : 'still '}${formatStatus(to)}: ${name} changed and changed back meanwhile`
  switch (to) {
    case 'offline':
    case 'degraded':
      return `${formatStatus(to)} ${name}${from === 'pending' ? ' since added' : ''}${colon}`
    case 'online':
      return from === 'pending'
        ? `online: ${name}${brackets}`
        : `online again: ${name} after ${formatOutage(transition)}${brackets}`
    case 'pending':
      return `pending: ${name}`
    case 'removed':
      return `removed: ${name} after ${formatOutage(transition)}`
  }
}
