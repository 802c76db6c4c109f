import { z } from 'zod'
import { durationBetween, durationMs, oneOrMany } from '../probers/fields.ts'
import { formatDuration } from '../text/duration.ts'
import { regionPattern } from './regions.ts'

// The shape of each key by itself; what keys require of each other is in `rules/`. There is no zod schema of the
// whole file, because every wrong key must be reported, and zod skips refinements as soon as one shape is wrong.

/** Maximum timeout of a probe: a Lambda voter is billed for every second it waits. */
const maxTimeoutMs = 60_000
/** Maximum delay: with more agreeing ticks than this, a status would practically never change. */
const maxDelayTicks = 100
/** `upquorum-<name>` names an SNS topic: at most 256 characters (SNS CreateTopic, `Name`). */
const maxContactNameLength = 256 - 'upquorum-'.length

/** Intervals below a minute, all divisors of it; these six only for checks on which only runners vote. */
export const runnerIntervalsSeconds: readonly number[] = [1, 2, 3, 4, 5, 6]
const subMinuteIntervalsSeconds: readonly number[] = [...runnerIntervalsSeconds, 10, 15, 20, 30]

// Ticks are multiples of the interval in epoch seconds, so every whole number of minutes is a schedule.
const interval = durationMs
  .refine(
    (ms) =>
      subMinuteIntervalsSeconds.includes(ms / 1000) || (ms > 0 && ms % 60_000 === 0 && ms <= 86_400_000),
    {
      error: (issue) =>
        `is ${formatDuration(issue.input as number)}, must be 10s, 15s, 20s, 30s or whole minutes up to 1d ` +
        '(1s to 6s where only runners vote)',
    },
  )
  .transform((ms) => ms / 1000)
  .describe('How often to probe: 10s, 15s, 20s, 30s or whole minutes up to 1d; 1s to 6s with runners only.')

const timeout = durationBetween(1, maxTimeoutMs).describe(
  'How long one probe may take: at most 60s and at most the interval.',
)

const slow = durationBetween(1, maxTimeoutMs).describe(
  'An answer slower than this makes the vote "slow" and the check degraded. Must be below the timeout.',
)

const confirmations = z.int().min(1).max(1000).describe('How many voters must agree at one tick.')

const ticks = z.int().min(1).max(maxDelayTicks)
const delay = z
  .union([
    ticks,
    z.strictObject({
      down: ticks.optional().describe('Agreeing ticks in a row before a check gets worse.'),
      up: ticks.optional().describe('Agreeing ticks in a row before a check gets better.'),
    }),
  ])
  .describe('How many ticks in a row must agree before the status changes: a number, or { down, up }.')

const region = z.string().regex(regionPattern, 'is not a region; write an AWS region such as eu-west-1')

// Names are keys in the table, arguments on a command line and properties of objects. So a name may not start with
// `~` (upquorum's own names), `-` (options) or `_` (`__proto__` would vanish).
const plainName = /^[A-Za-z0-9][\w.-]{0,63}$/
const plainNameRule = '1–64 letters, digits, ".", "_" or "-", beginning with a letter or digit'

export const runnerName = z.string().regex(plainName, `is not a runner name; write ${plainNameRule}`)

export const contactName = z
  .string()
  .regex(
    new RegExp(`^[A-Za-z0-9][\\w-]{0,${maxContactNameLength - 1}}$`),
    `is not a contact name; write 1–${maxContactNameLength} letters, digits, "_" or "-", beginning with a letter or digit`,
  )

export const checkName = z
  .string()
  .regex(plainName, `is not a check name; write ${plainNameRule}`)
  .describe(`The unique name of the check: ${plainNameRule}.`)

const email = z
  .string()
  .max(254, { abort: true })
  .regex(
    /^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\.]+(\.[^\s@<>(),;:"[\]\\.]+)+$/,
    'is not an e-mail address; write one such as ops@example.com',
  )
const sms = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, 'is not a phone number; write it with its country code, such as "+15550100"')
const webhook = z
  .string()
  .max(2000, { abort: true })
  .refine(
    isWebhook,
    'is not a webhook; write an address that begins with https:// (http:// only for localhost)',
  )

/** Plain HTTP would send alerts over the internet in clear text; on loopback it is allowed for local runs. */
function isWebhook(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || /\s/.test(text)) return false
  if (url.protocol === 'https:') return url.hostname !== ''
  return url.protocol === 'http:' && /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
}

export const contactShape = {
  email: oneOrMany(email).optional().describe('E-mail addresses; each confirms its subscription once.'),
  sms: oneOrMany(sms).optional().describe('Phone numbers with country code, in quotes: "+15550100".'),
  webhook: oneOrMany(webhook).optional().describe('HTTPS addresses that receive JSON.'),
}

const tag = z
  .string()
  .refine(
    (text) => text.length <= 64 && text.trim() === text && /^[^\p{C}]+$/u.test(text),
    'is not a tag; write 1–64 printable characters',
  )

const alertOn = z.enum(['offline', 'degraded', 'online'])
const alert = z.union([
  z.string().describe('The name of a contact, alerted of every change.'),
  z.strictObject({
    contact: z.string().describe('The name of a contact.'),
    on: oneOrMany(alertOn).optional().describe('The changes it is alerted of. Default: all three.'),
  }),
])

/** The keys of a check besides its kind. */
export const checkShape = {
  name: checkName,
  from: oneOrMany(z.string())
    .optional()
    .describe('Who votes: names of regions and runners. Default: all regions.'),
  interval: interval.optional(),
  timeout: timeout.optional(),
  slow: slow.optional(),
  confirmations: confirmations.optional(),
  delay: delay.optional(),
  alerts: oneOrMany(alert, 0).optional().describe('The contacts that are alerted of changes.'),
  tags: oneOrMany(tag, 0).optional().describe('Words to filter by; SNS filter policies see them too.'),
  enabled: z
    .boolean()
    .optional()
    .describe('false keeps the check in the file without probing. Default: true.'),
  allow_private: z
    .boolean()
    .optional()
    .describe(
      'Allow loopback, private and link-local targets; Lambda voters refuse them anyway. Default: false.',
    ),
}

export const defaultsShape = {
  interval: interval.optional(),
  timeout: timeout.optional(),
  slow: slow.optional(),
  confirmations: confirmations.optional(),
  delay: delay.optional(),
}

export const runnerShape = {
  region: region.describe(
    "The AWS region of the runner's machine and secrets; for a self-hosted runner, the nearest region.",
  ),
  self_hosted: z
    .boolean()
    .optional()
    .describe(
      'true: the runner is on a host of your own ("upquorum runner", whose --policy prints the permissions that the host needs), and a deployment makes no machine for it. Default: false.',
    ),
}

/** The keys of the file whose values are validated as a whole; the others are read entry by entry. */
export const listShape = {
  regions: oneOrMany(region, 0).optional().describe('The AWS regions whose Lambdas vote.'),
  homes: oneOrMany(region).optional().describe('The regions that hold a table. Default: the first region.'),
  operators: z.string().optional().describe('The contact for notices about the monitor itself.'),
}
