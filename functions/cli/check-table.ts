import { spellLatency } from '../../shared/alerts/spelling.ts'
import type { Phases } from '../../shared/probers/prober.ts'
import { createPaint, type Style, usesColour } from '../colour.ts'
import { printable } from '../printable.ts'
import { type Column, renderTable } from '../table.ts'
import type { Checked } from './check.ts'

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

/** What was found, as a table; below it, one sentence for each check that has something to say. */
export function printChecks(checked: readonly Checked[]): void {
  const paint = createPaint(usesColour(process.stdout))
  const columns: readonly Column<Checked>[] = [
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
      text: ({ probed: { vote } }) => ('ms' in vote ? spellLatency(vote.ms) : '-'),
    },
    ...phaseTitles.map(
      ([phase, title]): Column<Checked> => ({
        title,
        align: 'right',
        text: ({ probed }) => spellPhase(probed.phases[phase]),
      }),
    ),
  ]
  for (const line of renderTable(checked, columns, (text) => paint('bold', text))) console.log(line)
  for (const { check, probed } of checked) {
    const sentence = sentenceOf(probed)
    if (sentence !== undefined)
      console.log(`${check.name}: ${paint(styles[probed.vote.vote], printable(sentence))}`)
  }
}

function spellPhase(ms: number | undefined): string {
  return ms === undefined ? '-' : spellLatency(ms)
}

function sentenceOf({ vote, note }: Checked['probed']): string | undefined {
  if (vote.vote === 'offline') return `${vote.reason}: ${vote.detail}`
  if (vote.vote === 'abstain') return `could not look: ${vote.detail}`
  return note
}
