import type { CheckName, Status, Tick } from '../../../shared/check.ts'
import type { BallotLine, SummaryLine, TransitionLine } from '../../../shared/replay/lines.ts'

/** Counts the votes since the start of the run, for the summary. */
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

/** How many recent ticks to remember; the ballots of one tick arrive within seconds, so older ones do not recur. */
const rememberedTicks = 256

/** @param checks in the order of the summary, each with its status at the start. */
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
          // Smoothed round-trip time with alpha = 1/8 (RFC 6298, section 2.3).
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
