import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../shared/config/parse.ts'
import { nearest, suggest } from '../../shared/config/read/nearest.ts'
import { formatPath } from '../../shared/config/yaml/diagnostic.ts'
import { escapeControls } from '../../shared/text/escape.ts'

test('a path shows keys that are no plain words in quotes, and long ones cut', () => {
  expect(formatPath(['a', 0, 'b-c', 'd e', 1])).toBe('a[0].b-c["d e"][1]')
  expect(formatPath(['k'.repeat(100)])).toBe(`["${'k'.repeat(63)}…"]`)
  expect(formatPath([])).toBe('')
})

describe.each(['\u001b[2J', '\u0007', '\u009b1m', '\u202e', '\u2066'])('%j steers no terminal', (hostile) => {
  test.each<[where: string, text: string]>([
    ['a key', `"a${hostile}": 1`],
    ['a tag', `a: !t${hostile} b`],
    ['an alias', `a: *b${hostile}`],
    ['an escape that is none', `a: "\\${hostile}"`],
    ['a word that is none of the allowed', `checks: [{ name: a, dns: { name: a, type: "${hostile}" } }]`],
    [
      'a name that is suggested',
      `runners: { "x${hostile}": {} }\nchecks: [{ name: a, tls: { address: a }, from: "x" }]`,
    ],
  ])('as part of %s', (_where, text) => {
    const { errors } = parseConfig(text, 'u.yaml')
    expect(errors.length).toBeGreaterThan(0)
    for (const { path, message } of errors) expect(path + message).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })
})

test('what could steer a terminal is shown by its number', () => {
  expect(escapeControls('ä\u001b[2J\n')).toBe('ä\\u{1b}[2J\\u{a}')
})

test.each([
  ['timeuot', 'timeout'],
  ['TIMEOUT', 'timeout'],
  ['dwon', 'down'],
  ['htp', 'http'],
  ['wait', undefined],
  ['42', undefined],
  ['', undefined],
  ['timeout'.repeat(100), undefined],
])('%s was probably meant to be %s', (word, expected) => {
  expect(nearest(word, ['timeout', 'down', 'http'])).toBe(expected)
})

test('a suggestion lists what is allowed, but never hundreds of names', () => {
  expect(suggest('x', ['only'])).toBe('must be only')
  expect(suggest('x', [])).toBe('there are none')
  const names = Array.from({ length: 300 }, (_, index) => `contact-${index}`)
  expect(suggest('x', names)).toMatch(/contact-19 or 280 more$/)
})
