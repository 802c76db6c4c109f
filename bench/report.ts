import { cpus } from 'node:os'
import { type Column, renderTable } from '../functions/terminal/table.ts'
import { type Bench, isMet, type Line, type Report, type Target } from './bench.ts'

/** Renders a report as text; targets are the last column of its table. */
export function renderReport({ title }: Bench, { notes, lines }: Report): string {
  const keys = [...new Set(lines.flatMap(({ values }) => Object.keys(values)))]
  const columns: Column<Line>[] = [
    { title: '', text: ({ what }) => what },
    ...keys.map(
      (key): Column<Line> => ({
        title: key,
        align: 'right',
        text: ({ values }) => (values[key] === undefined ? '' : threeDigits(values[key])),
      }),
    ),
    ...(lines.some(({ targets }) => targets !== undefined) ? [{ title: 'target', text: targetsOf }] : []),
  ]
  const table = renderTable(lines, columns).map((row) => row.trimEnd())
  const shown = lines.length === 0 ? [] : ['', ...table]
  return [title, ...notes.map((note) => `  ${note}`), ...shown, ''].join('\n')
}

function targetsOf(line: Line): string {
  const { targets = [] } = line
  return targets.map((target) => `${isMet(line, target) ? '✓' : '✗ MISSED:'} ${boundOf(target)}`).join('  ')
}

function boundOf(target: Target): string {
  return 'atMost' in target ? `${target.value} ≤ ${target.atMost}` : `${target.value} ≥ ${target.atLeast}`
}

/** A benchmark and its report. */
export interface Measured {
  readonly bench: Pick<Bench, 'name' | 'title'>
  readonly report: Report
}

/** Counts the targets met and words each one missed. */
export function judge(measured: readonly Measured[]): { met: number; missed: readonly string[] } {
  const missed: string[] = []
  let met = 0
  for (const { bench, report } of measured) {
    for (const line of report.lines) {
      for (const target of line.targets ?? []) {
        if (isMet(line, target)) met++
        else
          missed.push(
            `${bench.name}, ${line.what}: ${boundOf(target)}, but ${threeDigits(line.values[target.value]!)}`,
          )
      }
    }
  }
  return { met, missed }
}

/** The reports keyed by name; each target says whether it is met. */
export function inJson(measured: readonly Measured[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    measured.map(({ bench: { name, title }, report: { notes, lines } }) => [
      name,
      {
        title,
        notes,
        lines: lines.map(({ targets = [], ...line }) => ({
          ...line,
          targets: targets.map((target) => ({ ...target, met: isMet({ ...line, targets }, target) })),
        })),
      },
    ]),
  )
}

/** Formats a value with three significant digits: `18,400`, `1.27`, `0.0145`. */
function threeDigits(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumSignificantDigits: 3 })
}

/** Describes this machine, without which absolute numbers mean nothing. */
export function machine(): string {
  const all = cpus()
  return `Node ${process.versions.node}, ${all.length} × ${all[0]?.model.trim()}, ${process.platform} ${process.arch}`
}
