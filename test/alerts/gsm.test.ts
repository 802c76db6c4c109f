import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clipGsm, gsmLength, toGsm } from '../../shared/alerts/format/gsm.ts'

describe('the GSM 03.38 alphabet', () => {
  test('has 125 characters that count one, line breaks apart, and nine that count two', () => {
    const every = Array.from({ length: 0x2100 }, (_, code) => String.fromCodePoint(code))
    expect(every.filter((character) => gsmLength(character) === 1)).toHaveLength(125)
    expect(every.filter((character) => gsmLength(character) === 2).join('')).toBe('[\\]^{|}~€')
  })

  test.each([
    ['plain text stays', 'db: 5432/tcp (2 of 3)', 'db: 5432/tcp (2 of 3)'],
    ['its own accents stay', 'àéùÄÖÜñß', 'àéùÄÖÜñß'],
    ['others go', 'çêřŽ', 'cerZ'],
    ['typography becomes type', '“up” – it’s… →', '"up" - it\'s... ->'],
    ['a backtick is not in it', '`x`', "'x'"],
    ['an extension character stays', '[€]', '[€]'],
    ['letters without decomposition', 'œłþđ', 'oelthd'],
    ['what cannot be spelled is marked', '日本 ok 🙂', '?? ok ?'],
  ])('%s', (_, text, expected) => {
    expect(toGsm(text)).toBe(expected)
  })

  test('a cut text counts its extension characters twice and ends in dots', () => {
    expect(clipGsm('[]'.repeat(3), 12)).toBe('[][][]')
    expect(clipGsm('[]'.repeat(3), 11)).toBe('[][]...')
    expect(clipGsm('one two three', 10)).toBe('one two...')
  })

  test('any text becomes one that fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 3, max: 160 }), (text, max) => {
        const length = gsmLength(clipGsm(text, max))
        expect(length).toBeDefined()
        expect(length).toBeLessThanOrEqual(max)
      }),
    )
  })
})
