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
      raw: secret.optional().meta({
        description: 'A text that is sent as it stands, without a newline. Default: none.',
        examples: ['QUIT\r\n'],
      }),
      hex: bytes.optional().meta({
        description: 'At most 2048 bytes to send, in hexadecimal digits; spaces are allowed. Default: none.',
        examples: ['0d 0a'],
      }),
    }),
  ).transform(([form, text]): Payload => ({ form, text })),
])

const expectation = z.union([
  text.transform((text): Expectation => ({ form: 'contains', text })),
  z.number().transform((number): Expectation => ({ form: 'contains', text: String(number) })),
  exactlyOne(
    z.strictObject({
      contains: text
        .optional()
        .meta({ description: 'A text that must occur. Default: none.', examples: ['PONG'] }),
      regex: regularExpression
        .optional()
        .meta({ description: 'A regular expression that must match. Default: none.', examples: ['^220 '] }),
      hex: bytes.optional().meta({
        description:
          'At most 2048 bytes that must occur, in hexadecimal digits; spaces are allowed. Default: none.',
        examples: ['05 00'],
      }),
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
      verify: z
        .boolean()
        .default(true)
        .meta({
          description: 'Whether the certificate and its host name must be right. Write false to accept any.',
          examples: [false],
        }),
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
    address: address().meta({
      description: 'The host and port to connect to.',
      examples: ['db.example.org:5432'],
    }),
    ip: ipVersion.optional(),
    send: payload.optional().meta({
      description:
        'What to send: a text with a newline added, { raw: … } without one, or { hex: … }. An object has exactly one of its keys. Default: nothing.',
      examples: ['PING', { hex: '0d 0a' }],
    }),
    expect: expectation.optional().meta({
      description:
        'What must occur in the first 64 KB of the answer, or of the greeting where nothing is sent: a text, or an object with exactly one of contains, regex and hex. Default: an open port is enough.',
      examples: ['PONG', { regex: '^220 ' }],
    }),
    tls: tls.optional().meta({
      description: 'Speak TLS from the first byte on: true, or { verify, servername, ca }. Default: false.',
      examples: [true, { servername: 'db.example.org' }],
    }),
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
  .describe(
    'A TCP connection, and what may be sent and expected over it. Online if the port accepts it, and the answer is as expected.',
  )
