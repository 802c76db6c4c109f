import { alertId, type Decided, type Tick, tickAtOrAfter } from '../check.ts'
import { advance, pendingRow, type Row, silence } from '../quorum/advance.ts'
import { judge } from '../quorum/judge.ts'
import type { TransitionLine } from './lines.ts'
import type { Recording, Replayed, Said } from './recording.ts'

/**
 * Decides a whole recording with the functions of production, every tick as past its deadline. Each check starts
 * pending at the recording's first tick; a tick without any ballot is blind. Transitions are ordered by tick, then
 * check.
 */
export function replay(checks: readonly Replayed[], recording: Recording): readonly TransitionLine[] {
  const ticks = recording.ticks()
  const transitions = checks.flatMap((check) => replayCheck(check, recording, ticks))
  return transitions.sort((a, b) => a.tick - b.tick || (a.check < b.check ? -1 : 1))
}

function replayCheck(
  check: Replayed,
  recording: Recording,
  ticks: readonly Tick[],
): readonly TransitionLine[] {
  const { intervalSeconds, confirmations, delay } = check
  const transitions: TransitionLine[] = []
  let next = tickAtOrAfter(ticks[0] ?? 0, intervalSeconds)
  let row = pendingRow(next)
  for (const tick of ticks) {
    if (tick % intervalSeconds !== 0) continue
    row = silence(row, row.blind + (tick - next) / intervalSeconds, delay)
    next = (tick + intervalSeconds) as Tick
    const said = recording.said(check, tick)
    const after = advance(row, verdictOf(said, confirmations), delay, tick)
    if (after.status !== row.status) transitions.push(transition(check, row, after, tick, said))
    row = after
  }
  return transitions
}

function verdictOf(said: readonly Said[], confirmations: number): Decided {
  const tally: Record<Said, number> = { offline: 0, slow: 0, online: 0, abstain: 0, missing: 0 }
  for (const word of said) tally[word]++
  // Past its deadline, no tick is open.
  return judge(tally, confirmations, true) as Decided
}

function transition(
  check: Replayed,
  before: Row,
  after: Row,
  tick: Tick,
  said: readonly Said[],
): TransitionLine {
  return {
    type: 'transition',
    check: check.name,
    from: before.status,
    to: after.status,
    tick,
    alertId: alertId(check.name, tick),
    votes: Object.fromEntries(check.voters.map((voter, index) => [voter, said[index]!])),
  }
}
