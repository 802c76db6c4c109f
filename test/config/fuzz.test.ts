import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { parseConfig } from '../../shared/config/parse.ts'
import { kinds } from '../../shared/probers/index.ts'

/** For any text, expects a timely answer: either a configuration, or what is wrong and where. */
function expectAnswer(text: string) {
  const { config, errors, warnings } = parseConfig(text, 'u.yaml')
  expect(config === undefined).toBe(errors.length > 0)
  const lines = text.split('\n').length
  for (const { line, column, message } of [...errors, ...warnings]) {
    expect(line).toBeGreaterThanOrEqual(1)
    expect(line).toBeLessThanOrEqual(lines + 1)
    expect(column).toBeGreaterThanOrEqual(1)
    expect(message).toMatch(/^\S.*\S$/s)
    expect(message).not.toMatch(/undefined|\[object|NaN|Invalid input/)
  }
  const positions = errors.map(({ line, column }) => line * 1e6 + column)
  expect(positions).toEqual(positions.toSorted((one, other) => one - other))
}

const fragments = [
  ...['regions', 'homes', 'runners', 'defaults', 'operators', 'contacts', 'checks', 'name', ...kinds],
  ...[
    'url',
    'address',
    'expect',
    'from',
    'alerts',
    'interval',
    'timeout',
    'slow',
    'confirmations',
    'delay',
    'tags',
  ],
  ...[
    'us-east-1',
    'lab-1',
    'ops',
    '10s',
    '1',
    '2xx',
    '~',
    'true',
    '__proto__',
    'https://a.example/',
    'a.example:80',
  ],
  ...[
    ': ',
    ':',
    '\n',
    '\n  ',
    '\n    ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ', ',
    '"',
    "'",
    '#',
    '&a ',
    '*a',
    '<<: *a',
    '!x ',
  ],
  ...['---\n', '...\n', '|\n', '>\n', '? ', '%YAML 1.1\n', '\t', '\r\n', '\u0000', '\ufeff', '\ud800', '😀'],
]

test('any text gets an answer', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), expectAnswer), { numRuns: 500 })
})

test('any heap of YAML and of our own words gets an answer', () => {
  const text = fc.array(fc.constantFrom(...fragments), { maxLength: 60 }).map((words) => words.join(''))
  fc.assert(fc.property(text, expectAnswer), { numRuns: 1500 })
})

/** Structures that resemble a configuration: valid keys with arbitrary values, sometimes a valid one. */
const anything = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('10s', 'ops', 'us-east-1', 'a.example:443', 200, 4, true, null, [], {}),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown> },
)

function record(...keys: string[]): fc.Arbitrary<unknown> {
  const values = fc.oneof(anything, fc.array(anything, { maxLength: 3 }))
  return fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string({ maxLength: 8 })), values, {
    maxKeys: 8,
  })
}

const kind = fc.oneof(
  record('url', 'method', 'headers', 'body', 'expect', 'redirects', 'bearer', 'password', 'ip', 'status'),
  record('address', 'send', 'expect', 'tls', 'days', 'verify', 'ca', 'min_version', 'ip', 'hex', 'regex'),
  record('name', 'type', 'server', 'expect', 'any', 'all', 'exact', 'none', 'rcode', 'transport'),
)

const structure = fc.record(
  {
    regions: fc.oneof(fc.constant(['us-east-1', 'eu-west-1', 'eu-north-1']), anything),
    homes: anything,
    runners: fc.oneof(fc.dictionary(fc.string({ maxLength: 8 }), record('region'), { maxKeys: 3 }), anything),
    operators: anything,
    defaults: fc.oneof(record('interval', 'timeout', 'slow', 'confirmations', 'delay'), anything),
    contacts: fc.oneof(
      fc.dictionary(fc.string({ maxLength: 8 }), record('email', 'sms', 'webhook'), { maxKeys: 3 }),
      anything,
    ),
    checks: fc.array(
      fc.record(
        {
          name: fc.oneof(fc.constantFrom('web', 'db', 'Web'), anything),
          http: kind,
          tcp: kind,
          dns: kind,
          tls: kind,
          from: fc.oneof(anything, fc.array(anything)),
          alerts: fc.oneof(anything, fc.array(fc.oneof(anything, record('contact', 'on')))),
          interval: anything,
          timeout: anything,
          confirmations: fc.oneof(fc.integer(), anything),
          delay: fc.oneof(record('down', 'up'), anything),
          tags: anything,
          enabled: anything,
          allow_private: anything,
        },
        { requiredKeys: [] },
      ),
      { maxLength: 4 },
    ),
  },
  { requiredKeys: [] },
)

test('any structure with the keys of a configuration gets an answer', () => {
  fc.assert(
    fc.property(structure, (value) => expectAnswer(stringify(value))),
    { numRuns: 500 },
  )
})

test('a good file with a few characters lost, doubled or swapped gets an answer', () => {
  const good = stringify({
    regions: ['us-east-1', 'eu-west-1', 'eu-north-1'],
    contacts: { ops: { email: 'ops@example.com' } },
    checks: [
      { name: 'web', http: { url: 'https://a.example/', expect: { status: ['2xx'] } }, alerts: ['ops'] },
      { name: 'db', tcp: { address: 'a.example:80', expect: 'SSH' }, interval: '30s', delay: { down: 3 } },
    ],
  })
  expect(parseConfig(good, 'u.yaml').errors).toEqual([])
  const edit = fc.tuple(
    fc.nat(good.length - 1),
    fc.constantFrom('', ' ', ':', '\n', '"', '{', '[', '-', '*', '&', '#', 'x'),
  )
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
      let text = good
      for (const [at, replacement] of edits) text = text.slice(0, at) + replacement + text.slice(at + 1)
      expectAnswer(text)
    }),
    { numRuns: 500 },
  )
})
