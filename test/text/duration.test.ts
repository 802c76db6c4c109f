import { describe, expect, test } from 'vitest'
import { isoOf } from '../../shared/check.ts'
import { formatLatency, formatSpan, formatThreshold, formatTimeOfDay } from '../../shared/text/duration.ts'
import { toLine } from '../../shared/text/escape.ts'
import { tick } from '../alerts/transitions.ts'

test('a tick is spelled in UTC, to the second', () => {
  expect(isoOf(tick)).toBe('2026-11-20T07:31:00Z')
  expect(formatTimeOfDay(tick)).toBe('07:31 UTC')
})

test.each([
  [0, '0 s'],
  [59, '59 s'],
  [60, '1 min'],
  [90, '1 min 30 s'],
  [3_599, '59 min 59 s'],
  [3_600, '1 h'],
  [3_659, '1 h'],
  [86_400 + 3_600 * 5, '1 d 5 h'],
  [86_400 * 400 + 59, '400 d'],
])('%i seconds are %s', (seconds, spelled) => {
  expect(formatSpan(seconds)).toBe(spelled)
})

test.each([
  [0, '0 ms'],
  [0.0421, '0.04 ms'],
  [12.34, '12.3 ms'],
  [99.96, '100 ms'],
  [1_240.4, '1,240 ms'],
  [1_234_567, '1,234,567 ms'],
])('a latency of %d is %s', (ms, spelled) => {
  expect(formatLatency(ms)).toBe(spelled)
})

test.each([
  [500, '500 ms'],
  [1_000, '1 s'],
  [1_500, '1.5 s'],
])('a threshold of %d is %s', (ms, spelled) => {
  expect(formatThreshold(ms)).toBe(spelled)
})

describe('plain text', () => {
  test.each([
    ['a line stays', 'connection refused by 192.0.2.1:443', 'connection refused by 192.0.2.1:443'],
    ['line breaks of every kind become spaces', 'a\r\nb\u2028c\u0085d\te', 'a b c d e'],
    ['escape sequences lose their escape', '\u001b]0;title\u0007\u009b31mred', ']0;title 31mred'],
    ['nothing reverses or hides', 'evil\u202egpj.exe\u200b\u2066\u00ad', 'evilgpj.exe'],
    ['half of a pair is replaced', 'x\udc00y', 'x\ufffdy'],
    [
      'what is too long ends in an ellipsis, never in half a character',
      '🙂'.repeat(41),
      `${'🙂'.repeat(39)}…`,
    ],
  ])('%s', (_, text, expected) => {
    expect(toLine(text, 40)).toBe(expected)
  })
})
