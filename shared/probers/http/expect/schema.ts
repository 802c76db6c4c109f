import { z } from 'zod'
import { oneOrMany, regularExpression } from '../../fields.ts'
import type { Expectations, HeaderAssertion } from './expectation.ts'
import { parseStatus, type StatusRange } from './status.ts'
import type { TextAssertion } from './text.ts'

/** RFC 9110, sections 5.1 and 5.6.2. */
export const headerName = z
  .string()
  .refine(
    (name) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name),
    'is not a header name; write letters, digits and hyphens, such as Accept-Language',
  )

const noStatus = 'is not a status; write one such as 200, 2xx or 200-299'

const status = z.union([z.number(), z.string()]).transform((written, context): StatusRange => {
  const range = parseStatus(`${written}`)
  if (range !== undefined) return range
  context.addIssue({ code: 'custom', message: noStatus })
  return z.NEVER
})

const texts = oneOrMany(z.string().min(1).max(1000)).exactOptional()
const patterns = oneOrMany(regularExpression).exactOptional()
const textOptions = {
  contains: texts.meta({ description: 'Texts that must all occur. Default: none.', examples: ['Welcome'] }),
  not_contains: texts.meta({
    description: 'Texts that must not occur, not even one of them. Default: none.',
    examples: [['error', 'maintenance']],
  }),
  regex: patterns.meta({
    description: 'Regular expressions that must all match. Default: none.',
    examples: ['version \\d+'],
  }),
  not_regex: patterns.meta({
    description: 'Regular expressions that must not match, not even one of them. Default: none.',
    examples: ['^$'],
  }),
}

/** Requires at least one assertion, but only if there are no other issues, which are reported first. */
function notEmpty(allowed: string) {
  return z.refine<object>((written) => Object.keys(written).length > 0, {
    error: `is empty; write ${allowed}`,
    when: ({ issues }) => issues.length === 0,
  })
}

const body = z.union([
  z
    .string()
    .min(1)
    .max(1000)
    .transform((text): TextAssertion[] => [{ is: 'contains', text }]),
  z
    .strictObject(textOptions)
    .check(notEmpty('contains, not_contains, regex or not_regex'))
    .transform(textAssertions),
])

const header = z.union([
  z
    .string()
    .min(1)
    .max(1000)
    .transform((text): (TextAssertion | Presence)[] => [{ is: 'contains', text }]),
  z
    .strictObject({
      ...textOptions,
      equals: z
        .string()
        .exactOptional()
        .meta({ description: 'The whole value. Default: any.', examples: ['nosniff'] }),
      not_equals: texts.meta({
        description: 'Values that the header must not have. Default: none.',
        examples: ['0'],
      }),
      present: z
        .literal(true)
        .exactOptional()
        .meta({
          description: 'The header must be there, with any value. Default: not looked at.',
          examples: [true],
        }),
      absent: z
        .literal(true)
        .exactOptional()
        .meta({ description: 'The header must not be there. Default: not looked at.', examples: [true] }),
    })
    .check(notEmpty('equals, contains, regex, one of these with not_, present or absent'))
    .transform((written) => [
      ...(written.present ? [{ is: 'present' } as const] : []),
      ...(written.absent ? [{ is: 'absent' } as const] : []),
      ...textAssertions(written),
    ]),
])

type Presence = { readonly is: 'present' | 'absent' }

interface WrittenText {
  readonly equals?: string
  readonly not_equals?: readonly string[]
  readonly contains?: readonly string[]
  readonly not_contains?: readonly string[]
  readonly regex?: readonly string[]
  readonly not_regex?: readonly string[]
}

function textAssertions(written: WrittenText): TextAssertion[] {
  const { equals, not_equals = [], contains = [], not_contains = [], regex = [], not_regex = [] } = written
  return [
    ...(equals === undefined ? [] : [{ is: 'equals', text: equals } as const]),
    ...not_equals.map((text) => ({ is: 'not_equals', text }) as const),
    ...contains.map((text) => ({ is: 'contains', text }) as const),
    ...not_contains.map((text) => ({ is: 'not_contains', text }) as const),
    ...regex.map((pattern) => ({ is: 'regex', pattern }) as const),
    ...not_regex.map((pattern) => ({ is: 'not_regex', pattern }) as const),
  ]
}

const success: readonly StatusRange[] = [[200, 299]]

/** `expect: 200`, `expect: 2xx` or `expect: Welcome`: a number is a status, any other text is part of the body. */
const short = z
  .union([z.number(), z.string().min(1).max(1000)])
  .transform((written, context): Expectations => {
    const range = parseStatus(`${written}`)
    if (range !== undefined) return { status: [range], headers: [], body: [] }
    // A misspelt status must not become a text that no body contains.
    if (typeof written === 'string' && !/^\d[\dx]*(\s*[-–]\s*[\dx]*)?$/i.test(written)) {
      return { status: success, headers: [], body: [{ is: 'contains', text: written }] }
    }
    context.addIssue({ code: 'custom', message: noStatus })
    return z.NEVER
  })

const list = z
  .array(status)
  .min(1)
  .transform((ranges): Expectations => ({ status: ranges, headers: [], body: [] }))

const long = z
  .strictObject({
    status: oneOrMany(status)
      .exactOptional()
      .meta({
        description: 'The status: 200, 2xx, 200-299 or a list of these. Default: 2xx.',
        examples: [[200, '3xx', '400-404']],
      }),
    headers: z
      .record(headerName, header)
      .exactOptional()
      .meta({
        description:
          'By name, a text that the header must contain, or conditions that must all hold. Default: none.',
        examples: [{ 'Content-Type': 'text/html', Server: { absent: true } }],
      }),
    body: body.exactOptional().meta({
      description: 'A text that the body must contain, or conditions that must all hold. Default: none.',
      examples: ['Welcome', { contains: 'Welcome', not_contains: 'error' }],
    }),
  })
  .transform((written): Expectations => {
    const headers = Object.entries(written.headers ?? {}).flatMap(([name, assertions]) =>
      assertions.map((assertion): HeaderAssertion => ({ ...assertion, name: name.toLowerCase() })),
    )
    return { status: written.status ?? success, headers, body: written.body ?? [] }
  })

/** The expected answer. Default: a status of 2xx after the last redirect. */
export const expectationsSchema = z
  .union([short, list, long])
  .default({ status: [...success], headers: [], body: [] })
