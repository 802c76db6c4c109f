import { describe, expect, test } from 'vitest'
import { rowsOf, textOf } from '../../docs/picture/ansi.ts'
import { drawTerminal } from '../../docs/picture/svg.ts'

const esc = '\u001b'
const red = `${esc}[31m`
const plain = `${esc}[39m`

describe('the rows of a terminal', () => {
  test('have the looks that escapes give them', () => {
    expect(rowsOf(`a${red}b${plain}c`)).toEqual([
      [
        { text: 'a', look: {} },
        { text: 'b', look: { colour: 31 } },
        { text: 'c', look: {} },
      ],
    ])
  })

  test('show a line that was written again as it was at last', () => {
    expect(rowsOf(`web .${esc}[2K\r${esc}[2Kweb +\r\nend`).map(textOf)).toEqual(['web +', 'end'])
  })

  test.each([
    [`${esc}[5m`, 'the picture knows no SGR 5'],
    [`${esc}[H`, 'the picture knows no "\\u001b[H"'],
  ])('are refused where the picture would be wrong: %j', (output, message) => {
    expect(() => rowsOf(output)).toThrow(message)
  })
})

test('a text is stretched to its columns, and cannot leave its element', () => {
  const svg = drawTerminal(rowsOf('  <b>&'), 10, 'title')
  expect(svg).toContain('x="36.8" y="66" textLength="33.6"')
  expect(svg).toContain('>&lt;b&gt;&amp;</text>')
})
