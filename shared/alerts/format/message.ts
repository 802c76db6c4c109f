import { type ContactName, isoOf, type Tick } from '../../check.ts'
import { formatTimeOfDay } from '../../text/duration.ts'
import { toLine } from '../../text/escape.ts'
import type { Message, Notice, Transition } from '../transition.ts'
import { boundAttributes } from './attributes.ts'
import { transitionMail } from './mail.ts'
import { noticeMail, noticeSms, noticeSubject, noticeWebhook, rankNotices } from './notice.ts'
import { rank } from './ranking.ts'
import { toSms, transitionSms } from './sms.ts'
import { toSubject, transitionSubject } from './subject.ts'
import { transitionWebhook, webhookVersion } from './webhook.ts'

/**
 * One digest of a contact's transitions, in any order. Its size stays below 200 KB for any number of them.
 *
 * @throws RangeError without any transition.
 */
export function transitionMessage(transitions: readonly Transition[]): Message {
  if (transitions.length === 0) throw new RangeError('a message needs at least one transition')
  const ranked = rank(transitions)
  const subject = transitionSubject(ranked)
  const { attributes, omitted } = boundAttributes({
    check: ranked.map((transition) => transition.check),
    status: ranked.map((transition) => transition.to),
    kind: ranked.map((transition) => transition.kind),
    tags: ranked.flatMap((transition) => transition.tags),
    alertId: ranked.map((transition) => transition.alertId),
  })
  return {
    subject,
    sms: transitionSms(ranked),
    email: transitionMail(ranked),
    http: transitionWebhook(ranked, subject, omitted),
    attributes,
  }
}

/**
 * One digest of notices about the monitor itself, for the operators, with the same size limit.
 *
 * @throws RangeError without any notice.
 */
export function noticeMessage(notices: readonly Notice[]): Message {
  if (notices.length === 0) throw new RangeError('a message needs at least one notice')
  const ranked = rankNotices(notices)
  const subject = noticeSubject(ranked)
  const { attributes, omitted } = boundAttributes({
    check: ranked.filter(({ about }) => about === 'check').map(({ name }) => name),
    status: ranked.map(({ state }) => state),
    kind: ranked.map(({ about }) => about),
    tags: [],
    alertId: ranked.map(({ alertId }) => alertId),
  })
  return {
    subject,
    sms: noticeSms(ranked),
    email: noticeMail(ranked),
    http: noticeWebhook(ranked, subject, omitted),
    attributes,
  }
}

/** The message of `upquorum alert-test`, marked as a test in every protocol. */
export function testMessage(contact: ContactName, tick: Tick): Message {
  const name = toLine(contact, 64)
  const alertId = `test-${name}@${tick}`
  return {
    subject: toSubject(`TEST of contact ${name}: nothing is wrong`),
    sms: toSms(`TEST of contact ${name} by upquorum: nothing is wrong, ${formatTimeOfDay(tick)}`),
    email: [
      `This is a test of the contact ${name}. Nothing is wrong.`,
      '',
      'You receive it because somebody ran "upquorum alert-test". Alerts about checks come the same way.',
      '',
      `Sent:     ${isoOf(tick)}`,
      `Alert:    ${alertId}`,
      '',
    ].join('\n'),
    http: { version: webhookVersion, type: 'test', contact: name, alertId, tick, at: isoOf(tick) },
    attributes: { check: [], status: ['test'], kind: ['test'], tags: [], alertId: [alertId] },
  }
}
