import { isoOf } from '../../check.ts'
import { formatTimeOfDay } from '../../text/duration.ts'
import { toLine } from '../../text/escape.ts'
import { countOf } from '../../text/number.ts'
import { utf8Bytes } from '../../text/truncate.ts'
import type { Message, Notice } from '../transition.ts'
import { maxIdCharacters } from './attributes.ts'
import { divide } from './divide.ts'
import { toSms } from './sms.ts'
import { toSubject } from './subject.ts'
import { embeddedBytes, webhookVersion } from './webhook.ts'

const limits = { bytes: 48 * 1024, wholeBytes: 32 * 1024 }

// Only bad states are in capitals, as with checks.
const states = {
  voter: { lost: 'SILENT', back: 'votes again', removed: 'is no longer a voter' },
  check: { lost: 'BLIND', back: 'is no longer blind', removed: 'is no longer checked' },
  contact: { lost: 'UNREACHABLE', back: 'is reachable again', removed: 'is no longer alerted' },
  endpoint: { lost: 'NOT SUBSCRIBED', back: 'is subscribed again', removed: 'is no longer an endpoint' },
} as const satisfies Record<Notice['about'], Record<Notice['state'], string>>

const order = ['lost', 'back', 'removed'] as const satisfies readonly Notice['state'][]
const aboutOrder = ['contact', 'endpoint', 'voter', 'check'] as const satisfies readonly Notice['about'][]

/**
 * Orders notices by importance: lost before back; then unreachable contacts, unsubscribed endpoints, silent voters,
 * blind checks.
 */
export function rankNotices(notices: readonly Notice[]): readonly Notice[] {
  const key = (notice: Notice) => `${notice.name} ${notice.alertId} ${notice.detail}`
  return notices.toSorted(
    (first, second) =>
      order.indexOf(first.state) - order.indexOf(second.state) ||
      aboutOrder.indexOf(first.about) - aboutOrder.indexOf(second.about) ||
      first.tick - second.tick ||
      (key(first) < key(second) ? -1 : 1),
  )
}

function title(notice: Notice): string {
  const state = states[notice.about][notice.state]
  const name = toLine(notice.name, 64) || '?'
  return `${notice.about} ${name} ${notice.state === 'lost' ? 'is ' : ''}${state}`
}

/** The subject of a digest, given in the order of `rankNotices`. */
export function noticeSubject(ranked: readonly Notice[]): string {
  return toSubject(`${title(ranked[0]!)}${spellMore(ranked)}`)
}

/** The SMS of a digest, given in the order of `rankNotices`. */
export function noticeSms(ranked: readonly Notice[]): string {
  const first = ranked[0]!
  return toSms(
    `${title(first)}, ${formatTimeOfDay(first.tick)}${spellMore(ranked)}. ${toLine(first.detail, 140)}`,
  )
}

function spellMore(ranked: readonly Notice[]): string {
  return ranked.length === 1 ? '' : `; ${countOf(ranked.length - 1, 'more notice')}`
}

/** The body of a digest's mail, given in the order of `rankNotices`. */
export function noticeMail(ranked: readonly Notice[]): string {
  const paragraph = (notice: Notice) =>
    [
      title(notice),
      `  ${toLine(notice.detail, 300)}`,
      `  At:     ${isoOf(notice.tick)}`,
      `  Alert:  ${toLine(notice.alertId, maxIdCharacters)}`,
    ].join('\n')
  const size = (text: string) => utf8Bytes(JSON.stringify(`${text}\n\n`))
  const { whole, brief, omitted } = divide(ranked, limits, {
    whole: (notice) => size(paragraph(notice)),
    brief: (notice) => size(title(notice)),
  })
  const parts = [
    'This is about the monitor itself, not about what it checks.',
    ...whole.map(paragraph),
    ...(brief.length === 0 ? [] : [brief.map(title).join('\n')]),
    ...(omitted === 0 ? [] : [`And ${countOf(omitted, 'more notice')}.`]),
  ]
  return `${parts.join('\n\n')}\n`
}

/** The webhook's JSON of a digest, given in the order of `rankNotices`. */
export function noticeWebhook(
  ranked: readonly Notice[],
  summary: string,
  omittedAttributeValues: number,
): Message['http'] {
  const entry = (notice: Notice) => ({
    alertId: toLine(notice.alertId, maxIdCharacters),
    about: notice.about,
    name: toLine(notice.name, 64),
    state: notice.state,
    tick: notice.tick,
    at: isoOf(notice.tick),
  })
  const whole = (notice: Notice) => ({ ...entry(notice), detail: toLine(notice.detail, 300) })
  const divided = divide(ranked, limits, {
    whole: (notice) => embeddedBytes(whole(notice)),
    brief: (notice) => embeddedBytes(entry(notice)),
  })
  const omitted = { notices: divided.omitted, attributeValues: omittedAttributeValues }
  return {
    version: webhookVersion,
    type: 'notices',
    summary,
    truncated: divided.brief.length > 0 || Object.values(omitted).some((count) => count > 0),
    omitted,
    notices: [...divided.whole.map(whole), ...divided.brief.map(entry)],
  }
}
