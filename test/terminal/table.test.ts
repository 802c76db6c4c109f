import { expect, test } from 'vitest'
import { createPaint } from '../../functions/terminal/colour.ts'
import { type Column, renderTable } from '../../functions/terminal/table.ts'
import { wrap } from '../../functions/terminal/wrap.ts'
import { escapeForTerminal } from '../../shared/text/escape.ts'

interface Row {
  readonly name: string
  readonly ms: number
}

const columns: readonly Column<Row>[] = [
  { title: 'name', text: ({ name }) => name, maxWidth: 6 },
  {
    title: 'ms',
    align: 'right',
    text: ({ ms }) => String(ms),
    paint: (text) => createPaint(true)('red', text),
  },
  { title: 'note', text: () => 'ok' },
]

test('numbers stand at the right, the last column is not filled up, colours do not count', () => {
  expect(
    renderTable(
      [
        { name: 'web', ms: 5 },
        { name: 'far-too-long', ms: 12_345 },
      ],
      columns,
    ),
  ).toEqual([
    'name       ms  note',
    'web     \u001b[31m    5\u001b[39m  ok',
    'far-t…  \u001b[31m12345\u001b[39m  ok',
  ])
})

test('without rows there are the titles', () => {
  expect(renderTable([], columns, (text) => `<${text}>`)).toEqual(['<name  ms  note>'])
})

test.each([
  ['plain text, with  its spaces ✖', 'plain text, with  its spaces ✖'],
  ['\u001b[31m\u009b\u0000', '\\x1b[31m\\x9b\\x00'],
  ['a\r\n\tb', 'a\\r\\n\\tb'],
  ['\u202e\u200b\u2028', '\\u{202e}\\u{200b}\\u{2028}'],
  ['\ud800', '\\u{d800}'],
])('%j is shown as %s', (text, shown) => {
  expect(escapeForTerminal(text)).toBe(shown)
})

test.each([
  ['one two three', 7, ['one two', 'three']],
  ['abcdefghij', 4, ['abcd', 'efgh', 'ij']],
  ['', 4, ['']],
])('%j wrapped at %i', (text, width, lines) => {
  expect(wrap(text, width)).toEqual(lines)
})
