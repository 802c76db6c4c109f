import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hostAndPort } from '../../shared/network/address.ts'
import { formatElapsed } from '../../shared/text/duration.ts'
import { quote } from '../../shared/text/escape.ts'
import { truncateBytes } from '../../shared/text/truncate.ts'

describe('cut', () => {
  test('leaves alone what fits', () => {
    expect(truncateBytes('a'.repeat(120))).toBe('a'.repeat(120))
  })

  test.each([
    ['a'.repeat(121), `${'a'.repeat(117)}…`],
    ['é'.repeat(61), `${'é'.repeat(58)}…`],
    ['😀'.repeat(31), `${'😀'.repeat(29)}…`],
  ])('shortens %s', (text, short) => {
    expect(truncateBytes(text)).toBe(short)
  })

  test('never exceeds the bound and never breaks a character', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.integer({ min: 3, max: 150 }),
        (text, max) => {
          const short = truncateBytes(text, max)
          expect(Buffer.byteLength(short)).toBeLessThanOrEqual(max)
          expect(short.isWellFormed()).toBe(true)
          expect(short === text || text.startsWith(short.slice(0, -1))).toBe(true)
        },
      ),
    )
  })
})

describe('quote', () => {
  test.each([
    ['PONG', '"PONG"'],
    ['-ERR "x"\r\n\t\\', String.raw`"-ERR \"x\"\r\n\t\\"`],
    ['\u001b[31mred', String.raw`"\u{1b}[31mred"`],
    ['\0\x7f\x9b', String.raw`"\u{0}\u{7f}\u{9b}"`],
    ['\u202egnp.exe', String.raw`"\u{202e}gnp.exe"`],
    ['a\u2028b', String.raw`"a\u{2028}b"`],
    ['\ud800', String.raw`"\u{d800}"`],
    ['grün 😀', '"grün 😀"'],
    ['x'.repeat(41), `"${'x'.repeat(35)}…"`],
  ])('%o becomes %s', (text, quoted) => {
    expect(quote(text)).toBe(quoted)
  })

  test('whatever came, nothing in it acts on a terminal, and it stays within its bound', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.integer({ min: 5, max: 120 }),
        (text, max) => {
          const quoted = quote(text, max)
          expect(Buffer.byteLength(quoted)).toBeLessThanOrEqual(max)
          expect(quoted).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        },
      ),
    )
  })

  test('a megabyte is not looked at beyond what can be shown', () => {
    expect(quote('a'.repeat(1_000_000), 10)).toBe('"aaaaa…"')
  })
})

test.each([
  [0.4, '0 ms'],
  [850, '850 ms'],
  [999.4, '999 ms'],
  [999.6, '1 s'],
  [1000, '1 s'],
  [2500, '2.5 s'],
  [10_000, '10 s'],
])('%d ms is said as %s', (ms, text) => {
  expect(formatElapsed(ms)).toBe(text)
})

test.each([
  ['example.com', 443, 'example.com:443'],
  ['::1', 80, '[::1]:80'],
])('%s and %d are %s', (host, port, text) => {
  expect(hostAndPort(host, port)).toBe(text)
})
