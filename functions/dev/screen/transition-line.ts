import { formatStatus } from '../../../shared/alerts/format/headline.ts'
import type { Line, TransitionLine } from '../../../shared/replay/lines.ts'
import { escapeForTerminal } from '../../../shared/text/escape.ts'
import { countOf } from '../../../shared/text/number.ts'
import { truncateTo } from '../../../shared/text/truncate.ts'
import type { Paint, Style } from '../../terminal/colour.ts'
import { markStyles, type Signs } from './marks.ts'
import { clockOf } from './tick-line.ts'

const loud: Readonly<Record<TransitionLine['to'], Style>> = {
  offline: ['bold', 'white', 'bgRed'],
  degraded: ['bold', 'black', 'bgYellow'],
  online: ['bold', 'black', 'bgGreen'],
  pending: 'bold',
  removed: 'bold',
}

/**
 * Renders a transition: `07:31:40  web  online → OFFLINE  2 of 3 voters  us-east-1 ✖  eu-west-1 ✖`. If it is too wide,
 * the voters' names are dropped first, then the check's name is truncated.
 */
export function renderTransition(line: TransitionLine, signs: Signs, paint: Paint, width: number): string {
  const votes = Object.entries<keyof Signs['marks']>(line.votes)
  const agreeing = votes.filter(([, vote]) => agrees(line.to, vote)).length
  const count = votes.length === 0 ? '' : `  ${agreeing} of ${votes.length} voters  `
  const clock = `${clockOf(line.tick)}  `
  const change = `  ${line.from} ${signs.arrow} `
  const to = formatStatus(line.to)
  const room = width - clock.length - change.length - to.length - count.length
  const name = truncateTo(
    escapeForTerminal(line.check),
    Math.max(minName, room - votes.length),
    signs.ellipsis,
  )
  // Voters without a vote when it was decided are left out; the line of the tick shows every vote.
  const present = votes.filter(([, vote]) => vote !== 'missing')
  const namedWidth = present.reduce(
    (total, [voter]) => total + escapeForTerminal(voter).length + 2 + gap.length,
    0,
  )
  const hasNames = name.length + namedWidth - gap.length <= room
  const mark = (vote: keyof Signs['marks']) => paint(markStyles[vote], signs.marks[vote])
  const marks = hasNames
    ? present.map(([voter, vote]) => `${escapeForTerminal(voter)} ${mark(vote)}`).join(gap)
    : votes.map(([, vote]) => mark(vote)).join('')
  return `${paint('gray', clock)}${paint('bold', name)}${change}${paint(loud[line.to], to)}${count}${marks}`
}

/** Renders several arrivals at one tick: `07:31:40  4 checks  pending → online  shop, database, …`. */
export function renderArrivals(
  lines: readonly TransitionLine[],
  signs: Signs,
  paint: Paint,
  width: number,
): string {
  const clock = `${clockOf(lines[0]!.tick)}  `
  const count = countOf(lines.length, 'check')
  const change = `  pending ${signs.arrow} `
  const names = lines.map(({ check }) => escapeForTerminal(check)).join(', ')
  const room = width - clock.length - count.length - change.length - 'online'.length - 2
  return (
    `${paint('gray', clock)}${paint('bold', count)}${change}${paint(loud.online, 'online')}` +
    `  ${truncateTo(names, room, signs.ellipsis)}`
  )
}

/** Whether a line is a check's first transition to online. */
export function isArrival(line: Line): line is TransitionLine {
  return line.type === 'transition' && line.from === 'pending' && line.to === 'online'
}

const minName = 8
const gap = '  '

function agrees(to: TransitionLine['to'], vote: string): boolean {
  if (to === 'offline') return vote === 'offline'
  if (to === 'degraded') return vote === 'slow' || vote === 'offline'
  return vote === 'online' || vote === 'slow'
}
