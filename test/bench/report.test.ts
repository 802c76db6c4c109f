import { expect, test } from 'vitest'
import type { Bench, Report } from '../../bench/bench.ts'
import { inJson, judge, renderReport } from '../../bench/report.ts'

const bench: Pick<Bench, 'name' | 'title'> = { name: 'speed', title: 'How fast it is' }
const report: Report = {
  notes: ['On one core.'],
  lines: [
    {
      what: 'ours',
      values: { 'per s': 18_432, '÷ theirs': 1.266 },
      targets: [
        { value: 'per s', atLeast: 10_000 },
        { value: '÷ theirs', atMost: 1.2 },
      ],
    },
    { what: 'theirs, without a ratio', values: { 'per s': 14_560 } },
  ],
}
const table = (of: Report) => renderReport({ ...bench, run: async () => of }, of).split('\n')

test('a report is its title, its notes and an aligned table with the targets at the right', () => {
  expect(table(report)).toEqual([
    'How fast it is',
    '  On one core.',
    '',
    '                          per s  ÷ theirs  target',
    'ours                     18,400      1.27  ✓ per s ≥ 10000  ✗ MISSED: ÷ theirs ≤ 1.2',
    'theirs, without a ratio  14,600',
    '',
  ])
})

test('a table without any target has no column for them', () => {
  const [, untargeted] = report.lines
  expect(table({ notes: [], lines: [untargeted!] })).toEqual([
    'How fast it is',
    '',
    '                          per s',
    'theirs, without a ratio  14,600',
    '',
  ])
})

test('what is skipped has its reason, and no table', () => {
  expect(table({ notes: ['Skipped: it needs root.'], lines: [] })).toEqual([
    'How fast it is',
    '  Skipped: it needs root.',
    '',
  ])
})

test('every target that is missed is told with its figure', () => {
  expect(judge([{ bench, report }])).toEqual({ met: 1, missed: ['speed, ours: ÷ theirs ≤ 1.2, but 1.27'] })
})

test('as JSON a target says whether it is met', () => {
  expect(inJson([{ bench, report }])).toEqual({
    speed: {
      title: 'How fast it is',
      notes: ['On one core.'],
      lines: [
        {
          what: 'ours',
          values: { 'per s': 18_432, '÷ theirs': 1.266 },
          targets: [
            { value: 'per s', atLeast: 10_000, met: true },
            { value: '÷ theirs', atMost: 1.2, met: false },
          ],
        },
        { what: 'theirs, without a ratio', values: { 'per s': 14_560 }, targets: [] },
      ],
    },
  })
})
