import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { address, ipVersion, oneOrMany } from '../fields.ts'
import { reverseName } from './address.ts'
import { rcodeNames } from './rcodes.ts'
import type { DnsExpectation, DnsTarget } from './target.ts'
import { type RecordType, type RecordTypeName, recordTypes } from './types.ts'

/** Maximum servers per check, more than any zone has. */
const maxServers = 16
/** Maximum texts per condition, which keeps a check small in the plan and readable. */
const maxTexts = 32

const upperCase = (text: string) => text.toUpperCase()

const type = z
  .string()
  .refine((text) => upperCase(text) !== 'ANY', {
    abort: true,
    error: 'is ANY, which servers may answer with whatever they like (RFC 8482); name one type',
  })
  .transform(upperCase)
  .pipe(z.enum(Object.keys(recordTypes) as [RecordTypeName, ...RecordTypeName[]]))

const text = z.string().min(1).max(1000)
const texts = oneOrMany(text).refine((list) => list.length <= maxTexts, `has more than ${maxTexts} entries`)
const noneOrMore = z.union([text.transform((one) => [one]), z.array(text).max(maxTexts)])

const expectation = z.strictObject({
  rcode: z
    .string()
    .transform(upperCase)
    .pipe(z.enum(rcodeNames))
    .default('NOERROR')
    .meta({
      description: `The response code of a good answer: ${rcodeNames.join(', ')}. NXDOMAIN means that the name must not exist.`,
      default: 'NOERROR',
      examples: ['NXDOMAIN'],
    }),
  ad: z
    .boolean()
    .default(false)
    .meta({
      description: 'Write true where the server must say that it validated the answer (DNSSEC, the AD flag).',
      examples: [true],
    }),
  contains: text.optional().meta({
    description: 'A text that at least one record must contain. Default: any.',
    examples: ['v=spf1'],
  }),
  any: texts.optional().meta({
    description: 'At least one of these records must be there; at most 32. Default: any.',
    examples: [['192.0.2.80', '192.0.2.81']],
  }),
  all: texts.optional().meta({
    description: 'These records must all be there, perhaps among others; at most 32. Default: none.',
    examples: [['192.0.2.80', '192.0.2.81']],
  }),
  exact: noneOrMore.optional().meta({
    description:
      'Exactly these records in any order, or [] where there must be none; at most 32. Default: any.',
    examples: [['192.0.2.80'], []],
  }),
  none: texts.optional().meta({
    description: 'These records must not be there, not even one of them; at most 32. Default: none.',
    examples: ['192.0.2.99'],
  }),
})

/** The options of a `dns` check. */
export const dnsSchema = z
  .strictObject({
    name: z.string().meta({
      description: 'The name to ask for. For PTR an IP address will do.',
      examples: ['example.org'],
    }),
    type: type.default('A').meta({
      description: `The type of record: ${Object.keys(recordTypes).join(', ')}.`,
      default: 'A',
      examples: ['MX'],
    }),
    server: oneOrMany(address(53))
      .refine((list) => list.length <= maxServers, `has more than ${maxServers} servers`)
      .optional()
      .meta({
        description:
          "The servers to ask, at most 16. Default: each voter's own resolver; where that one fails, the voter abstains.",
        examples: ['192.0.2.53', ['192.0.2.53', '[2001:db8::53]:5353']],
      }),
    require: z
      .enum(['all', 'any'])
      .default('all')
      .meta({
        description: 'Of several servers, whether all must answer as expected or one is enough.',
        examples: ['any'],
      }),
    transport: z
      .enum(['udp', 'tcp'])
      .default('udp')
      .meta({
        description: 'How to ask. With udp, an answer that does not fit is asked for again over TCP.',
        examples: ['tcp'],
      }),
    recursion: z
      .boolean()
      .default(true)
      .meta({
        description: 'Whether the server may ask others for the answer (the RD flag).',
        examples: [false],
      }),
    ip: ipVersion.optional(),
    expect: z
      .union([text.transform((contains) => expectation.parse({ contains })), expectation])
      .optional()
      .meta({
        description:
          'What a good answer is: a text that one record contains, or conditions that must all hold. Default: the response code NOERROR and at least one record.',
        examples: ['192.0.2.80', { any: ['192.0.2.80', '192.0.2.81'] }],
      }),
  })
  .transform(({ name, server, ip, expect, ...rest }, context): DnsTarget => {
    const complain = (path: (string | number)[], message: string) => {
      context.addIssue({ code: 'custom', path, message })
    }
    const queried = canonicalName(name, rest.type)
    if ('problem' in queried) complain(['name'], queried.problem)
    return {
      name: 'name' in queried ? queried.name : '.',
      servers: server ?? [],
      ...rest,
      ...(ip !== undefined && { ip }),
      expect: canonicalExpectation(expect ?? expectation.parse({}), rest.type, (path, message) =>
        complain(['expect', ...path], message),
      ),
    }
  })
  .describe(
    'A DNS query, and the expected answer. Online if the answer has the expected response code and records, in any order.',
  )

type ParsedExpectation = z.output<typeof expectation>
type Complain = (path: (string | number)[], message: string) => void

function canonicalName(text: string, type: RecordTypeName): { name: string } | { problem: string } {
  if (isIP(text) !== 0) {
    if (type === 'PTR') return { name: reverseName(text) }
    return { problem: `is an address, which has no ${type} record; write a name, or type: PTR` }
  }
  const ascii = /^[!-~]+$/.test(text) ? text.toLowerCase() : domainToASCII(text)
  if (ascii === '.') return { name: '.' }
  const name = ascii.replace(/\.$/, '')
  // RFC 1035 §2.3.4. Escapes are not supported: they would need a second form of every name, and do not occur.
  const valid = name.length <= 253 && name.split('.').every((label) => /^[!-[\]-~]{1,63}$/.test(label))
  return valid ? { name } : { problem: 'is not a domain name; write one such as example.com' }
}

function canonicalExpectation(
  { rcode, ad, contains, ...lists }: ParsedExpectation,
  type: RecordTypeName,
  complain: Complain,
): DnsExpectation {
  const { fold }: RecordType = recordTypes[type]
  const conditions: Partial<Record<keyof typeof lists, string[]>> = {}
  for (const key of ['any', 'all', 'exact', 'none'] as const) {
    const list = lists[key]
    if (list === undefined) continue
    conditions[key] = list.map((text, index) =>
      canonicalText(text, type, (message) => complain([key, index], message)),
    )
  }
  if (rcode !== 'NOERROR') {
    const used = [...(contains === undefined ? [] : ['contains']), ...Object.keys(conditions)]
    for (const key of used) complain([key], `cannot be met: an answer with ${rcode} has no records`)
  }
  return { rcode, authentic: ad, ...(contains !== undefined && { contains: fold(contains) }), ...conditions }
}

function canonicalText(text: string, type: RecordTypeName, complain: (message: string) => void): string {
  const { canonical, shape, example }: RecordType = recordTypes[type]
  try {
    const result = canonical(text)
    if (shape.test(result)) return result
  } catch {
    // Not an address; reported below like any other invalid form.
  }
  complain(`is not a valid ${type} record; write it like ${example}`)
  return text
}
