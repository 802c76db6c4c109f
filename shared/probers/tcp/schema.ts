import { z } from 'zod'
import { address, ipVersion, regularExpression, secretText } from '../fields.ts'
import { certificateAuthorities, servername } from '../tls/schema.ts'
import type { TlsSettings } from '../tls/settings.ts'
import type { Expectation } from './expectation.ts'
import type { Payload, TcpTarget } from './tcp.ts'

const bytes = z
  .string()
  .transform((text) => text.replaceAll(' ', '').toLowerCase())
  .refine(
    (text) => /^([0-9a-f]{2}){1,2048}$/.test(text),
    'is not a list of bytes; write two hexadecimal digits for each, at most 2048 of them, such as "0d 0a"',
  )

const text = z.string().min(1).max(4096)
const secret = secretText.min(1).max(4096)

const payload = z.union([
  secret.transform((text): Payload => ({ form: 'line', text })),
  exactlyOne(
    z.strictObject({
      raw: secret.optional().describe('Sent as it is, without a newline.'),
      hex: bytes.optional().describe('Bytes in hexadecimal digits.'),
    }),
  ).transform(([form, text]): Payload => ({ form, text })),
])

const expectation = z.union([
  text.transform((text): Expectation => ({ form: 'contains', text })),
  z.number().transform((number): Expectation => ({ form: 'contains', text: String(number) })),
  exactlyOne(
    z.strictObject({
      contains: text.optional().describe('A text that must occur.'),
      regex: regularExpression.optional().describe('A regular expression that must match.'),
      hex: bytes.optional().describe('Bytes in hexadecimal digits that must occur.'),
    }),
  ).transform(([form, text]): Expectation => ({ form, text })),
])

/** An object with exactly one of its keys, parsed into that key and its text. */
function exactlyOne<Key extends string>(
  object: z.ZodType<{ readonly [K in Key]?: string | undefined }> & { readonly shape: object },
) {
  const keys = Object.keys(object.shape)
  return object.transform((written, context) => {
    const entries = Object.entries(written).filter((entry): entry is [Key, string] => entry[1] !== undefined)
    if (entries.length === 1) return entries[0]!
    context.addIssue({ code: 'custom', message: `needs exactly one of ${keys.join(', ')}` })
    return z.NEVER
  })
}

const tls = z.union([
  z.boolean().transform((on): TlsSettings | undefined => (on ? { verify: true } : undefined)),
  z
    .strictObject({
      verify: z.boolean().default(true).describe('Whether the certificate and its host name must be valid.'),
      servername: servername.optional(),
      ca: certificateAuthorities.optional(),
    })
    .transform(
      ({ verify, servername, ca }): TlsSettings => ({
        verify,
        ...(servername !== undefined && { servername }),
        ...(ca !== undefined && { ca }),
      }),
    ),
])

/** The options of a `tcp` check. */
export const tcpSchema = z
  .strictObject({
    address: address().describe('The host and port to connect to.'),
    ip: ipVersion.optional().describe('Connect over this IP version only.'),
    send: payload
      .optional()
      .describe('What to send: a text, to which a newline is added; { raw: … } without one; or { hex: … }.'),
    expect: expectation
      .optional()
      .describe(
        'What must occur in the first 64 KB of the answer: a text, { regex: … } or { hex: … }. ' +
          'Without send it must occur in the greeting.',
      ),
    tls: tls.optional().describe('true: speak TLS from the first byte on, or { verify, servername, ca }.'),
  })
  .transform(({ address: { host, port }, ip, send, expect, tls }): TcpTarget => {
    return {
      host,
      port,
      ...(ip !== undefined && { ip }),
      ...(send !== undefined && { send }),
      ...(expect !== undefined && { expect }),
      ...(tls !== undefined && { tls }),
    }
  })
  .describe('A TCP connection, and what may be sent and expected over it.')
