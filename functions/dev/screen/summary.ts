import type { Status } from '../../../shared/check.ts'
import type { SummaryLine } from '../../../shared/replay/lines.ts'
import { formatLatency } from '../../../shared/text/duration.ts'
import { escapeForTerminal } from '../../../shared/text/escape.ts'
import { countOf, groupThousands } from '../../../shared/text/number.ts'
import { truncateTo } from '../../../shared/text/truncate.ts'
import type { Paint, Style } from '../../terminal/colour.ts'
import { type Column, renderTable } from '../../terminal/table.ts'
import type { Signs } from './marks.ts'

type Row = SummaryLine['checks'][number]

export const statusStyles: Readonly<Record<Status, Style>> = {
  online: 'green',
  degraded: 'yellow',
  offline: 'red',
  pending: 'gray',
}

/** Below this width titles are abbreviated and names truncated. */
const wide = 76
const narrowName = 14

/** Renders every check's status and probe statistics as a table. */
export function renderSummary(
  summary: SummaryLine,
  signs: Signs,
  paint: Paint,
  width: number,
): readonly string[] {
  const isWide = width >= wide
  const title = (long: string, short: string) => (isWide ? long : short)
  const columns: readonly Column<Row>[] = [
    {
      title: 'check',
      text: ({ check }) =>
        truncateTo(
          escapeForTerminal(check),
          isWide ? Math.max(narrowName, width - 60) : narrowName,
          signs.ellipsis,
        ),
    },
    {
      title: 'status',
      text: ({ status }) => status,
      paint: (text, { status }) => paint(statusStyles[status], text),
    },
    { title: title('successes', 'ok'), align: 'right', text: ({ successes }) => groupThousands(successes) },
    {
      title: title('failures', 'fail'),
      align: 'right',
      text: ({ failures }) => groupThousands(failures),
      paint: (text, { failures }) => (failures === 0 ? text : paint('red', text)),
    },
    { title: 'loss', align: 'right', text: spellLoss },
    {
      title: title('abstained', 'abst'),
      align: 'right',
      text: ({ abstentions }) => groupThousands(abstentions),
    },
    {
      title: 'srtt',
      align: 'right',
      text: ({ srttMs }) => (srttMs === undefined ? '-' : formatLatency(srttMs)),
    },
  ]
  return [
    `After ${countOf(summary.ticks, 'tick')}:`,
    ...renderTable(summary.checks, columns, (text) => paint('bold', text)),
  ]
}

function spellLoss({ successes, failures, loss }: Row): string {
  return successes + failures === 0 ? '-' : `${(loss * 100).toFixed(1)} %`
}
