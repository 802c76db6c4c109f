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
    .describe('The expected response code. NXDOMAIN: the name must not exist.'),
  ad: z
    .boolean()
    .default(false)
    .describe('true: the server must say that it validated the answer (DNSSEC, AD flag).'),
  contains: text.optional().describe('A part of at least one record.'),
  any: texts.optional().describe('At least one of these records must be in the answer.'),
  all: texts.optional().describe('All of these records must be in the answer, possibly among others.'),
  exact: noneOrMore.optional().describe('Exactly these records, in any order; [] for none.'),
  none: texts.optional().describe('None of these records may be in the answer.'),
})

/** The options of a `dns` check. */
export const dnsSchema = z
  .strictObject({
    name: z.string().describe('The name to query; for PTR also an IP address.'),
    type: type.default('A').describe(`The type of record: ${Object.keys(recordTypes).join(', ')}.`),
    server: oneOrMany(address(53))
      .refine((list) => list.length <= maxServers, `has more than ${maxServers} servers`)
      .optional()
      .describe("The servers to query. Default: each voter's own resolver, whose failure is an abstention."),
    require: z
      .enum(['all', 'any'])
      .default('all')
      .describe('With several servers, whether all must answer as expected or only one.'),
    transport: z
      .enum(['udp', 'tcp'])
      .default('udp')
      .describe('The transport; udp falls back to TCP for an answer that does not fit.'),
    recursion: z.boolean().default(true).describe('Ask the server to find the answer elsewhere (RD flag).'),
    ip: ipVersion.optional().describe('Reach the server over this IP version only.'),
    expect: z
      .union([text.transform((contains) => expectation.parse({ contains })), expectation])
      .optional()
      .describe('The expected answer: a text that one record contains, or conditions that must all hold.'),
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
  .describe('A DNS query, and the expected answer.')

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
