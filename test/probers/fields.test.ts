import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { parseOptions, wordIssue } from '../../shared/config/read/wording.ts'
import {
  address,
  durationBetween,
  durationMs,
  host,
  oneOrMany,
  port,
  regularExpression,
  secretText,
} from '../../shared/probers/fields.ts'
import { formatDuration, parseDurationMs } from '../../shared/text/duration.ts'

/** The parsed value of a field, or its complaints. */
function read(field: z.ZodType, value: unknown): unknown {
  const result = field.safeParse(value, parseOptions)
  return result.success ? result.data : result.error.issues.flatMap(wordIssue).map(({ message }) => message)
}

describe('an address', () => {
  test.each([
    ['example.com:443', { host: 'example.com', port: 443 }],
    ['EXAMPLE.com.:1', { host: 'example.com.', port: 1 }],
    ['192.0.2.1:65535', { host: '192.0.2.1', port: 65_535 }],
    ['[2001:db8::1]:53', { host: '2001:db8::1', port: 53 }],
    ['münchen.example:80', { host: 'xn--mnchen-3ya.example', port: 80 }],
    ['_sip._tcp.example.com:5060', { host: '_sip._tcp.example.com', port: 5060 }],
    ['localhost:080', { host: 'localhost', port: 80 }],
  ])('of the form %s is taken apart', (text, expected) => {
    expect(read(address(), text)).toEqual(expected)
  })

  const refused = ['is not an address with a port; write example.com:443, 192.0.2.1:443 or [2001:db8::1]:443']
  test.each([
    ...[
      '',
      ':80',
      'example.com',
      'example.com:',
      'example.com:0',
      'example.com:65536',
      'example.com:1:2',
      'a b:80',
    ],
    ...[
      '2001:db8::1',
      '2001:db8::1:80',
      '[2001:db8::1]',
      '[192.0.2.1]:80',
      '[example.com]:80',
      'https://a.example:80',
    ],
    ...[
      '127.1:80',
      '0x7f.1:80',
      '1.2.3.256:80',
      '2130706433:80',
      '-a.example:80',
      'a..example:80',
      'a.example/:80',
    ],
    ...[
      `${'a'.repeat(64)}.example:80`,
      `${'a.'.repeat(130)}a:80`,
      'me@a.example:80',
      'a.example:٨٠',
      '[::1%25eth0]:80:',
    ],
  ])('of the form %j is refused', (text) => {
    expect(read(address(), text)).toEqual(refused)
  })

  test.each([
    ['example.com', { host: 'example.com', port: 53 }],
    ['192.0.2.1', { host: '192.0.2.1', port: 53 }],
    ['2001:db8::1', { host: '2001:db8::1', port: 53 }],
    ['[2001:db8::1]', { host: '2001:db8::1', port: 53 }],
    ['example.com:54', { host: 'example.com', port: 54 }],
  ])('may leave out a port that has a default: %s', (text, expected) => {
    expect(read(address(53), text)).toEqual(expected)
  })
})

test.each([
  ['Example.COM', 'example.com'],
  ['::1', '::1'],
  ['a', 'a'],
  ['a:80', ['is not a host; write a name such as example.com or an IP address']],
  ['', ['is not a host; write a name such as example.com or an IP address']],
])('the host %j is read as %j', (text, expected) => {
  expect(read(host, text)).toEqual(expected)
})

describe('a duration', () => {
  test.each([
    ['500ms', 500],
    ['1.5s', 1500],
    ['10s', 10_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
  ])('of %s is %d ms', (text, ms) => {
    expect(read(durationMs, text)).toBe(ms)
  })

  test.each([
    '',
    '10',
    10,
    '10 s',
    '-1s',
    '1e3s',
    '.5s',
    '1w',
    's',
    '1s1s',
    '9999999999s',
    null,
    true,
    ['1s'],
  ])('is not %j', (value) => {
    expect(read(durationMs, value)).toEqual([
      'is not a duration; write a number and a unit, such as 500ms, 10s, 5m, 1h or 1d',
    ])
  })

  test('out of bounds is told the bounds', () => {
    expect(read(durationBetween(1, 60_000), '61s')).toEqual(['is 61s, must be 1ms to 1m'])
    expect(read(durationBetween(1000, 60_000), '0.5s')).toEqual(['is 500ms, must be 1s to 1m'])
  })

  test.each(['0ms', '1ms', '1500ms', '2s', '90s', '2m', '25h', '1d'])('is written back as %s', (text) => {
    expect(formatDuration(parseDurationMs(text))).toBe(text)
  })
})

test.each<[field: z.ZodType, value: unknown, expected: unknown]>([
  [port, 0, ['is 0, must be 1 to 65535']],
  [port, 80.5, ['is 80.5, must be a whole number']],
  [port, Number.NaN, ['is not a finite number, must be a number']],
  [oneOrMany(port), 80, [80]],
  [oneOrMany(port), [80, 81], [80, 81]],
  [oneOrMany(port), [], ['is empty, must have at least 1 entry']],
  [oneOrMany(port), [80, 0], ['is 0, must be 1 to 65535']],
  [oneOrMany(port), '80', ['is text, must be a number or a list']],
  [oneOrMany(port, 0), [], []],
  [regularExpression, '^a+$', '^a+$'],
  [regularExpression, '(', ['is not a regular expression: Unterminated group']],
  [regularExpression, 'a'.repeat(1001), ['has 1001 characters, must have at most 1000 characters']],
  [secretText, 'plain: text', 'plain: text'],
  [secretText, 'ssm:/a/b', 'ssm:/a/b'],
  [
    secretText,
    'env:',
    ['is not a reference to a secret; write env:NAME, ssm:/path/of/parameter or secretsmanager:name#key'],
  ],
])('field %#', (field, value, expected) => {
  expect(read(field, value)).toEqual(expected)
})
