import { z } from 'zod'
import { oneOrMany } from '../probers/fields.ts'

// How contacts and the alerts that name them are written; see schema.ts.

/** `upquorum-<name>` names an SNS topic: at most 256 characters (SNS CreateTopic, `Name`). */
const maxContactNameLength = 256 - 'upquorum-'.length

export const contactName = z
  .string()
  .regex(
    new RegExp(`^[A-Za-z0-9][\\w-]{0,${maxContactNameLength - 1}}$`),
    `is not a contact name; write 1–${maxContactNameLength} letters, digits, "_" or "-", beginning with a letter or digit`,
  )

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
  email: oneOrMany(email)
    .optional()
    .meta({
      description: 'E-mail addresses. Each confirms its subscription once. Default: none.',
      examples: [['ops@example.org', 'boss@example.org']],
    }),
  sms: oneOrMany(sms)
    .optional()
    .meta({
      description: 'Phone numbers with country code, in quotes. Default: none.',
      examples: ['+4915112345678'],
    }),
  webhook: oneOrMany(webhook)
    .optional()
    .meta({
      description:
        'Addresses that receive JSON, each beginning with https:// (http:// for localhost only, in local runs). ' +
        'Default: none.',
      examples: ['https://hooks.example.org/upquorum'],
    }),
}

const alertOn = z.enum(['offline', 'degraded', 'online'])
/** An entry of a check's `alerts`. */
export const alert = z.union([
  z.string().meta({ title: 'contact', description: 'The name of a contact that hears of every change.' }),
  z.strictObject({
    contact: z.string().meta({ title: 'contact', description: 'The name of a contact.', examples: ['hook'] }),
    on: oneOrMany(alertOn)
      .optional()
      .meta({
        description: 'The changes it hears of, each named by the new status. Default: all three.',
        examples: [['offline', 'online']],
      }),
  }),
])
