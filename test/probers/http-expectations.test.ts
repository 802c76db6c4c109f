import { describe, expect, test } from 'vitest'
import {
  type HeaderAssertion,
  judgeBody,
  judgeHeaders,
  judgeStatus,
} from '../../shared/probers/http/expect/expectation.ts'
import { formatStatus, parseStatus, type StatusRange } from '../../shared/probers/http/expect/status.ts'
import type { TextAssertion } from '../../shared/probers/http/expect/text.ts'

const nothing = { status: [[200, 299]] as readonly StatusRange[], headers: [], body: [] }

describe('status', () => {
  test.each([
    ['200', [200, 200]],
    ['2xx', [200, 299]],
    ['5XX', [500, 599]],
    ['200-204', [200, 204]],
    ['404-404', [404, 404]],
    ['204-200', undefined],
    ['2x', undefined],
    ['6xx', undefined],
    ['099', undefined],
    ['600', undefined],
    ['200,201', undefined],
    [' 200', undefined],
    ['', undefined],
  ])('%j is read as %j', (text, range) => {
    expect(parseStatus(text)).toEqual(range)
  })

  test('ranges are written in the shortest way', () => {
    const ranges: StatusRange[] = [
      [200, 299],
      [301, 301],
      [400, 404],
    ]
    expect(formatStatus(ranges)).toBe('2xx, 301 or 400-404')
    expect(formatStatus(ranges.slice(0, 1))).toBe('2xx')
  })

  test('both ends of a range belong to it', () => {
    const judge = (status: number) => judgeStatus({ ...nothing, status: [[200, 204]] }, status)
    expect([199, 200, 204, 205].map(judge)).toEqual([
      'the answer was 199, expected 200-204',
      undefined,
      undefined,
      'the answer was 205, expected 200-204',
    ])
  })
})

describe('body', () => {
  const body: readonly [TextAssertion, string | undefined][] = [
    [{ is: 'contains', text: 'lo, wor' }, undefined],
    [{ is: 'contains', text: 'LO' }, 'the body does not contain "LO"'],
    [{ is: 'contains', text: 'a\u001b[31m"b' }, 'the body does not contain "a\\u{1b}[31m\\"b"'],
    [{ is: 'not_contains', text: 'error' }, undefined],
    [{ is: 'not_contains', text: 'hello' }, 'the body contains "hello"'],
    [{ is: 'regex', pattern: '^hello' }, undefined],
    [{ is: 'regex', pattern: '(?i:HELLO)' }, undefined],
    [{ is: 'regex', pattern: 'bye$' }, 'the body does not match /bye$/'],
    [{ is: 'not_regex', pattern: '\\d' }, undefined],
    [{ is: 'not_regex', pattern: 'w.r' }, 'the body matches /w.r/'],
  ]
  test.each(body)('%j', (assertion, sentence) => {
    expect(judgeBody({ ...nothing, body: [assertion] }, 'hello, world', true)).toBe(sentence)
  })

  test('the first assertion that does not hold is told', () => {
    const assertions = body.map(([assertion]) => assertion)
    expect(judgeBody({ ...nothing, body: assertions }, 'hello, world', true)).toBe(
      'the body does not contain "LO"',
    )
  })

  test('a body that was cut off is called the beginning of one, in at most 120 bytes', () => {
    const text = 'é'.repeat(500)
    const sentence = judgeBody({ ...nothing, body: [{ is: 'contains', text }] }, 'x', false)!
    expect(sentence).toMatch(/^the beginning of the body \(1 MiB\) does not contain "é+…"$/)
    expect(Buffer.byteLength(sentence)).toBeLessThanOrEqual(120)
  })
})

describe('headers', () => {
  const values = (name: string) => ({ server: ['nginx'], 'set-cookie': ['a=1', 'b=2'], empty: [''] })[name]
  const headers: readonly [HeaderAssertion, string | undefined][] = [
    [{ name: 'server', is: 'contains', text: 'ngin' }, undefined],
    [{ name: 'server', is: 'contains', text: 'apache' }, 'the header server does not contain "apache"'],
    [{ name: 'server', is: 'equals', text: 'nginx' }, undefined],
    [{ name: 'server', is: 'equals', text: 'ngin' }, 'the header server is not "ngin"'],
    [{ name: 'server', is: 'not_equals', text: 'nginx' }, 'the header server is "nginx"'],
    [{ name: 'server', is: 'regex', pattern: '^n' }, undefined],
    [{ name: 'server', is: 'not_regex', pattern: '^n' }, 'the header server matches /^n/'],
    [{ name: 'server', is: 'absent' }, 'the header server is present, expected none'],
    [{ name: 'server', is: 'present' }, undefined],
    [{ name: 'empty', is: 'present' }, undefined],
    [{ name: 'empty', is: 'equals', text: '' }, undefined],
    [{ name: 'set-cookie', is: 'equals', text: 'a=1, b=2' }, undefined],
    [{ name: 'x-none', is: 'present' }, 'the header x-none is missing'],
    [{ name: 'x-none', is: 'absent' }, undefined],
    [{ name: 'x-none', is: 'contains', text: 'a' }, 'the header x-none is missing'],
    [{ name: 'x-none', is: 'not_contains', text: 'a' }, undefined],
    [{ name: 'x-none', is: 'not_regex', pattern: 'a' }, undefined],
    [{ name: 'x-none', is: 'not_equals', text: 'a' }, undefined],
  ]
  test.each(headers)('%j', (assertion, sentence) => {
    expect(judgeHeaders({ ...nothing, headers: [assertion] }, values)).toBe(sentence)
  })
})
