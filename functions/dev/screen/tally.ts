import type { CheckName, Status, Tick } from '../../../shared/check.ts'
import type { BallotLine, SummaryLine, TransitionLine } from '../../../shared/replay/lines.ts'

/** Adds up what was seen since the start, for the summary. */
export interface Tally {
  add(line: BallotLine | TransitionLine): void
  summary(): SummaryLine
}

interface Count {
  status: Status
  successes: number
  failures: number
  abstentions: number
  srttMs: number | undefined
}

/** Ballots of one tick arrive within seconds: only the newest ticks can come again. */
const rememberedTicks = 256

/**
 * Begins a tally.
 *
 * @param checks in the order of the summary, with the status each one has at the start.
 */
export function createTally(
  checks: readonly { readonly name: CheckName; readonly status?: Status }[],
): Tally {
  const counts = new Map<CheckName, Count>(
    checks.map(({ name, status }) => [
      name,
      { status: status ?? 'pending', successes: 0, failures: 0, abstentions: 0, srttMs: undefined },
    ]),
  )
  const recent = new Set<Tick>()
  let ticks = 0

  function countTick(tick: Tick): void {
    if (recent.has(tick)) return
    ticks++
    recent.add(tick)
    if (recent.size > rememberedTicks) recent.delete(Math.min(...recent) as Tick)
  }

  function addBallot(line: BallotLine): void {
    countTick(line.tick)
    for (const [name, count] of counts) {
      const vote = line.votes[name]
      switch (vote?.vote) {
        case 'online':
        case 'slow':
          count.successes++
          // Jacobson's estimator (RFC 6298, section 2.3): old values fade by one eighth at each new one.
          count.srttMs = count.srttMs === undefined ? vote.ms : (7 * count.srttMs + vote.ms) / 8
          break
        case 'offline':
          count.failures++
          break
        case 'abstain':
          count.abstentions++
          break
        case undefined:
          break
      }
    }
  }

  function addTransition({ check, to }: TransitionLine): void {
    if (to === 'removed') {
      counts.delete(check)
      return
    }
    const count = counts.get(check)
    if (count !== undefined) count.status = to
  }

  return {
    add(line) {
      if (line.type === 'ballot') addBallot(line)
      else addTransition(line)
    },
    summary: () => ({
      type: 'summary',
      ticks,
      checks: [...counts].map(([check, { status, successes, failures, abstentions, srttMs }]) => ({
        check,
        status,
        successes,
        failures,
        abstentions,
        loss: successes + failures === 0 ? 0 : failures / (successes + failures),
        ...(srttMs === undefined ? {} : { srttMs: Math.round(srttMs * 100) / 100 }),
      })),
    }),
  }
}
