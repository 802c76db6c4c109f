import { isoOf, type Tick } from '../../../shared/check.ts'
import { escapeForTerminal } from '../../../shared/text/escape.ts'
import { truncateTo } from '../../../shared/text/truncate.ts'
import type { Paint, Style } from '../../terminal/colour.ts'
import { type Mark, markStyles, type Signs, worstFirst } from './marks.ts'
import { markOf, type ShownCheck, type ShownTick } from './ticks.ts'

/** A piece of a line with its style, kept apart so that the width can be measured before colouring. */
type Piece = readonly [text: string, style?: Style]

/** How the line of a tick is laid out. */
export interface TickLayout {
  readonly checks: readonly ShownCheck[]
  /** The number of voters of a check that names none. */
  readonly voters: number
  readonly signs: Signs
  readonly paint: Paint
  /** Maximum width of the line, in columns. */
  readonly width: number
}

const maxName = 20

/** Formats a tick's time of day in UTC, such as `07:31:40`. */
export function clockOf(tick: Tick): string {
  return isoOf(tick).slice(11, 19)
}

/**
 * Renders a tick as one line with a mark for every vote of every check, in fixed columns. If that does not fit, the
 * line counts the checks by their worst mark and shows the marks of those not fully online, the worst first.
 *
 * @param isOver whether a vote that has not arrived counts as missing instead of awaited.
 */
export function renderTick(shown: ShownTick, isOver: boolean, layout: TickLayout): string {
  const clock: Piece = [clockOf(shown.tick), 'gray']
  const columns = allColumns(shown, isOver, layout)
  const pieces = widthOf([clock, ...columns]) <= layout.width ? columns : worstOnly(shown, isOver, layout)
  return [clock, ...pieces]
    .map(([text, style]) => (style === undefined ? text : layout.paint(style, text)))
    .join('')
    .trimEnd()
}

function widthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((width, [text]) => width + [...text].length, 0)
}

function nameOf(check: ShownCheck, signs: Signs): string {
  return truncateTo(escapeForTerminal(check.name), maxName, signs.ellipsis)
}

// A check that is not due at this tick keeps its column, so that a check's marks line up.
function allColumns(shown: ShownTick, isOver: boolean, layout: TickLayout): readonly Piece[] {
  const due = new Map(shown.checks.map((entry) => [entry.check.name, entry]))
  return layout.checks.flatMap((check): readonly Piece[] => {
    const name = nameOf(check, layout.signs)
    const entry = due.get(check.name)
    if (entry === undefined) return [[' '.repeat(3 + name.length + (check.voters?.length ?? layout.voters))]]
    return [['  '], ...marksOf(name, entry, isOver, layout.signs)]
  })
}

function worstOnly(shown: ShownTick, isOver: boolean, layout: TickLayout): readonly Piece[] {
  const { marks, ellipsis } = layout.signs
  const rated = shown.checks.map((entry) => ({ entry, worst: worstOf(entry, isOver) }))
  const pieces: Piece[] = [[`  ${rated.length} checks`]]
  for (const mark of worstFirst.toReversed()) {
    const count = rated.filter(({ worst }) => worst === mark).length
    if (count > 0 && mark !== 'waiting') pieces.push(['  '], [`${marks[mark]} ${count}`, markStyles[mark]])
  }
  const listed = rated
    .filter(({ worst }) => worst !== 'online' && worst !== 'waiting')
    .toSorted((first, second) => worstFirst.indexOf(first.worst) - worstFirst.indexOf(second.worst))
  let left = layout.width - clockWidth - widthOf(pieces)
  for (const [index, { entry }] of listed.entries()) {
    const next: readonly Piece[] = [
      ['  '],
      ...marksOf(nameOf(entry.check, layout.signs), entry, isOver, layout.signs),
    ]
    const reserve = index === listed.length - 1 ? 0 : ellipsis.length + 2
    if (widthOf(next) + reserve > left) {
      if (left >= ellipsis.length + 2) pieces.push([`  ${ellipsis}`])
      break
    }
    pieces.push(...next)
    left -= widthOf(next)
  }
  return pieces
}

const clockWidth = '07:31:40'.length

function worstOf(entry: ShownTick['checks'][number], isOver: boolean): Mark {
  const marks = new Set(entry.votes.map(([, vote]) => markOf(vote, isOver)))
  return worstFirst.find((mark) => marks.has(mark)) ?? 'missing'
}

function marksOf(
  name: string,
  entry: ShownTick['checks'][number],
  isOver: boolean,
  signs: Signs,
): readonly Piece[] {
  const worst = worstOf(entry, isOver)
  const votes = entry.votes.map(([, vote]): Piece => {
    const mark = markOf(vote, isOver)
    return [signs.marks[mark], markStyles[mark]]
  })
  const loud = worst === 'offline' || worst === 'slow'
  return [loud ? [name, ['bold', markStyles[worst]] as Style] : [name], [' '], ...votes]
}
