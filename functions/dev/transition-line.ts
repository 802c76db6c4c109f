import { spellStatus } from '../../shared/alerts/headline.ts'
import type { TransitionLine } from '../../shared/replay/lines.ts'
import type { Paint, Style } from '../colour.ts'
import { cut, printable } from '../printable.ts'
import { markStyles, type Signs } from './marks.ts'
import { clockOf } from './tick-line.ts'

const loud: Readonly<Record<TransitionLine['to'], Style>> = {
  offline: ['bold', 'white', 'bgRed'],
  degraded: ['bold', 'black', 'bgYellow'],
  online: ['bold', 'black', 'bgGreen'],
  pending: 'bold',
  removed: 'bold',
}

/** A change of status: `07:31:40  web  online → OFFLINE  2 of 3 voters  us-east-1 ✖  eu-west-1 ✖ …`. */
export function renderTransition(
  line: TransitionLine,
  signs: Signs,
  paint: Paint,
  width: number,
): readonly string[] {
  const name = cut(printable(line.check), Math.max(8, width - 50), signs.ellipsis)
  const votes = Object.entries<keyof Signs['marks']>(line.votes)
  const agreeing = votes.filter(([, vote]) => agrees(line.to, vote)).length
  const count = votes.length === 0 ? '' : `  ${agreeing} of ${votes.length} voters`
  const clock = clockOf(line.tick)
  const head = `${clock}  ${name}  ${line.from} ${signs.arrow}  ${spellStatus(line.to)}${count}`
  const painted =
    `${paint('gray', clock)}  ${paint('bold', name)}  ${line.from} ${signs.arrow} ` +
    `${paint(loud[line.to], spellStatus(line.to))}${count}`
  const named = votes.map(([voter, vote]) => [`${printable(voter)} `, vote] as const)
  const namedWidth = named.reduce((total, [voter]) => total + voter.length + 3, 0)
  const shown = head.length + namedWidth <= width ? named : votes.map(([, vote]) => ['', vote] as const)
  const gap = shown === named ? '  ' : ''
  const marks = shown
    .map(([voter, vote]) => `${voter}${paint(markStyles[vote], signs.marks[vote])}`)
    .join(gap)
  return [marks === '' ? painted.trimEnd() : `${painted}  ${marks}`]
}

function agrees(to: TransitionLine['to'], vote: string): boolean {
  if (to === 'offline') return vote === 'offline'
  if (to === 'degraded') return vote === 'slow' || vote === 'offline'
  return vote === 'online' || vote === 'slow'
}
