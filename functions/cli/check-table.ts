import type { Phases } from '../../shared/network/connection.ts'
import type { PlannedCheck } from '../../shared/plan/plan.ts'
import type { Probed } from '../../shared/probing/shard.ts'
import { formatLatency } from '../../shared/text/duration.ts'
import { escapeForTerminal } from '../../shared/text/escape.ts'
import type { Paint, Style } from '../terminal/colour.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { wrap } from '../terminal/wrap.ts'

const styles: Readonly<Record<Checked['probed']['vote']['vote'], Style>> = {
  online: 'green',
  slow: 'yellow',
  offline: 'red',
  abstain: 'gray',
}

const phaseTitles: readonly (readonly [keyof Phases, string])[] = [
  ['dns', 'dns'],
  ['connect', 'connect'],
  ['tls', 'tls'],
  ['firstByte', 'first byte'],
  ['transfer', 'transfer'],
]

/**
 * Renders the results as a table, with a sentence below it for each check that has a reason or a note.
 *
 * @param width of the terminal. If the table does not fit, the phases move into the sentences.
 */
export function renderChecks(checked: readonly Checked[], paint: Paint, width: number): readonly string[] {
  // A phase that no check went through gets no column.
  const phases = phaseTitles.filter(([phase]) =>
    checked.some(({ probed }) => probed.phases[phase] !== undefined),
  )
  const title = (text: string) => paint('bold', text)
  const columns = [...columnsFor(paint), ...phases.map(phaseColumn)]
  const fits = renderTable(checked, columns).every((line) => line.length <= width)
  return [
    ...renderTable(checked, fits ? columns : columnsFor(paint), title),
    ...checked.flatMap(({ check, probed }) => {
      const spelled = fits ? '' : phasesOf(probed)
      const sentence = sentenceOf(probed)
      return [
        ...(spelled === '' ? [] : wrap(`${check.name}: ${spelled}`, width)),
        ...(sentence === undefined ? [] : wrap(`${check.name}: ${escapeForTerminal(sentence)}`, width)).map(
          (line) => paint(styles[probed.vote.vote], line),
        ),
      ]
    }),
  ]
}

function columnsFor(paint: Paint): readonly Column<Checked>[] {
  return [
    { title: 'check', text: ({ check }) => check.name, maxWidth: 32 },
    { title: 'kind', text: ({ check }) => check.kind },
    {
      title: 'status',
      text: ({ probed }) => probed.vote.vote,
      paint: (text, { probed }) => paint(styles[probed.vote.vote], text),
    },
    {
      title: 'total',
      align: 'right',
      text: ({ probed: { vote } }) => ('ms' in vote ? formatLatency(vote.ms) : '-'),
    },
  ]
}

function phaseColumn([phase, title]: (typeof phaseTitles)[number]): Column<Checked> {
  return { title, align: 'right', text: ({ probed }) => spellPhase(probed.phases[phase]) }
}

function phasesOf({ phases }: Checked['probed']): string {
  return phaseTitles
    .filter(([phase]) => phases[phase] !== undefined)
    .map(([phase, title]) => `${title} ${spellPhase(phases[phase])}`)
    .join(', ')
}

function spellPhase(ms: number | undefined): string {
  return ms === undefined ? '-' : formatLatency(ms)
}

function sentenceOf({ vote, note }: Checked['probed']): string | undefined {
  if (vote.vote === 'offline') return `${vote.reason}: ${vote.detail}`
  if (vote.vote === 'abstain') return `could not be probed: ${vote.detail}`
  return note
}

/** A check and the result of probing it once from this machine. */
export interface Checked {
  readonly check: PlannedCheck
  readonly probed: Probed
}
