import type { Tick, VoterName } from '../../../shared/check.ts'
import type { Clock } from '../../../shared/clock.ts'
import type { BallotLine, Line, WarningLine } from '../../../shared/replay/lines.ts'
import { escapeForTerminal } from '../../../shared/text/escape.ts'
import { groupThousands } from '../../../shared/text/number.ts'
import { createPaint } from '../../terminal/colour.ts'
import { wrap } from '../../terminal/wrap.ts'
import { renderAlert } from './alert-frame.ts'
import { createLineBuffer } from './line-buffer.ts'
import { asciiSigns, markStyles, unicodeSigns } from './marks.ts'
import { createNotes, type Note } from './notes.ts'
import { renderSummary } from './summary.ts'
import { clockOf, renderTick } from './tick-line.ts'
import { createTicks, type ShownCheck, type ShownTick } from './ticks.ts'
import { isArrival, renderArrivals, renderTransition } from './transition-line.ts'

export interface TerminalOptions {
  write(text: string): void
  /** Returns the current width; called before each line. */
  columns(): number
  readonly colour: boolean
  /** Whether to redraw the newest tick in place as its ballots arrive; otherwise lines are only appended. */
  readonly interactive: boolean
  /** Whether the terminal shows UTF-8; defaults to `interactive`. */
  readonly unicode?: boolean
  readonly checks: readonly ShownCheck[]
  readonly voters: readonly VoterName[]
  readonly clock: Clock
}

/** Prints the lines of a run as text. */
export interface Terminal {
  /** Explains the marks and announces the first tick, so that the screen is not empty until then. */
  begin(firstTick: Tick): void
  line(line: Line): void
  /** Prints a remark of the program between the lines of the run. */
  say(text: string): void
  /** Prints the ticks that still wait for ballots as they are; called at the end. */
  flush(): void
  /** Must be called when Enter was pressed, because its echo moves the cursor to the next line. */
  entered(): void
}

const eraseLine = '\r\u001b[2K'
const cursorUp = '\u001b[1A'
const margin = '          '
/** Maximum notes printed below the marks of one tick. */
const maxNotes = 8
/** In columns. Wider text is hard to read; a terminal narrower than `min` wraps lines itself. */
const widths = { min: 59, max: 110 }

export function createTerminal(options: TerminalOptions): Terminal {
  const { checks, voters, interactive } = options
  const paint = createPaint(options.colour)
  const signs = (options.unicode ?? interactive) ? unicodeSigns : asciiSigns
  const ticks = createTicks(checks, voters)
  const notes = createNotes()
  const lineBuffer = createLineBuffer(options.clock, ticks, (kept) => print(keptLines(kept)))
  let live = ''

  // The last column stays free, because some terminals wrap as soon as it is filled.
  const width = () => Math.max(widths.min, options.columns() - 1)
  const textWidth = () => Math.min(widths.max, width())

  // A wrapped line could not be erased.
  const hasLiveLine = () => interactive && options.columns() > widths.min

  /** Inserts lines above the live line. */
  function print(lines: readonly string[]): void {
    const next = hasLiveLine() ? liveLine() : ''
    if (lines.length === 0 && next === live) return
    const erased = live === '' ? '' : eraseLine
    live = next
    options.write(`${erased}${lines.map((line) => `${line}\n`).join('')}${live}`)
  }

  function liveLine(): string {
    const shown = ticks.waiting()
    return shown === undefined ? '' : tickLine(shown, false)
  }

  function tickLine(shown: ShownTick, isOver: boolean): string {
    return renderTick(shown, isOver, { checks, voters: voters.length, signs, paint, width: width() })
  }

  function tickLines(shown: ShownTick): readonly string[] {
    return [tickLine(shown, true), ...noteLines(notes.of(shown))]
  }

  function beginning(firstTick: Tick): readonly string[] {
    const { online, slow, offline, abstain, missing } = signs.marks
    return [
      `One mark per voter, in this order: ${voters.map(escapeForTerminal).join(', ')}`,
      `${online} online, ${slow} slow, ${offline} offline, ${abstain} abstained, ${missing} no ballot; times are UTC`,
      `first tick at ${clockOf(firstTick)} UTC`,
    ].flatMap((text) => wrap(text, textWidth()).map((line) => paint('gray', line)))
  }

  function noteLines(found: readonly Note[]): readonly string[] {
    const shown = found.slice(0, maxNotes).flatMap(({ mark, text }) => {
      const lines = wrap(escapeForTerminal(text), textWidth() - margin.length - 2)
      return lines.map((line, index) => {
        const sign = index === 0 ? signs.marks[mark] : ' '
        return `${margin}${paint(markStyles[mark], `${sign} ${line}`)}`
      })
    })
    const more = found.length - maxNotes
    return more <= 0
      ? shown
      : [...shown, `${margin}${paint('gray', `${signs.ellipsis} and ${groupThousands(more)} more`)}`]
  }

  function warningLines({ message, check, voter, tick }: WarningLine): readonly string[] {
    const about = [check, voter].filter((part) => part !== undefined).join(' from ')
    const text = `warning: ${about === '' ? '' : `${about}: `}${message}`
    const clock = tick === undefined ? margin : `${clockOf(tick)}  `
    return wrap(escapeForTerminal(text), textWidth() - margin.length).map(
      (line, index) => `${paint('gray', index === 0 ? clock : margin)}${paint('yellow', line)}`,
    )
  }

  function ballotLines(line: BallotLine): readonly string[] {
    if (ticks.add(line))
      return [...ticks.takeReady().flatMap(tickLines), ...keptLines(lineBuffer.takeReady())]
    return [paint('gray', `${clockOf(line.tick)}  the ballot of ${escapeForTerminal(line.voter)} was late`)]
  }

  // A run starts with all of its checks pending; those that come online at the same tick share one line.
  function keptLines(kept: readonly Line[]): readonly string[] {
    const arrivals = Map.groupBy(kept.filter(isArrival), ({ tick }) => tick)
    const together = [...arrivals.values()].filter(({ length }) => length > 1)
    const grouped = new Set<Line>(together.flat())
    return [
      ...together.map((lines) => renderArrivals(lines, signs, paint, width())),
      ...kept.filter((line) => !grouped.has(line)).flatMap(linesOf),
    ]
  }

  function linesOf(line: Line): readonly string[] {
    switch (line.type) {
      case 'ballot':
        return ballotLines(line)
      case 'transition':
        return [renderTransition(line, signs, paint, width())]
      case 'alert':
        return renderAlert(line, signs, paint, textWidth())
      case 'warning':
        return warningLines(line)
      case 'summary':
        return ['', ...renderSummary(line, signs, paint, textWidth()), '']
    }
  }

  return {
    begin: (firstTick) => print(beginning(firstTick)),
    line(line) {
      if (!lineBuffer.keeps(line)) print(linesOf(line))
    },
    say: (text) =>
      print(['', ...wrap(`${signs.dash} ${text}`, textWidth()).map((line) => paint('cyan', line))]),
    flush: () => print([...ticks.takeAll().flatMap(tickLines), ...keptLines(lineBuffer.takeReady())]),
    entered() {
      if (live !== '') options.write(cursorUp)
    },
  }
}
