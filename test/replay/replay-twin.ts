import { alertId, type Decided, type Tick, type VoterName } from '../../shared/check.ts'
import type { BallotLine, TransitionLine } from '../../shared/replay/lines.ts'
import type { Replayed } from '../../shared/replay/recording.ts'
import { twinStatuses } from '../quorum/advance-twin.ts'
import { finalVerdict, type Said } from '../quorum/judge-twin.ts'

// A deliberately dumb twin of `replay`: for every tick of every check, it reads the whole recording again and
// recounts the whole history.

export function twinReplay(
  checks: readonly Replayed[],
  ballots: readonly BallotLine[],
): readonly TransitionLine[] {
  const voting = ballots.filter(({ voter }) => checks.some(({ voters }) => voters.includes(voter)))
  const all = voting.map(({ tick }) => tick)
  const transitions: TransitionLine[] = []
  for (let tick = Math.min(...all); tick <= Math.max(...all); tick++) {
    for (const check of checks.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (tick % check.intervalSeconds !== 0) continue
      const statuses = statusesUntil(tick, Math.min(...all), check, voting)
      const [from, to] = [statuses.at(-2) ?? 'pending', statuses.at(-1)!]
      if (from === to) continue
      transitions.push({
        type: 'transition',
        check: check.name,
        from,
        to,
        tick: tick as Tick,
        alertId: alertId(check.name, tick as Tick),
        votes: Object.fromEntries(check.voters.map((voter) => [voter, saidBy(voter, check, tick, voting)])),
      })
    }
  }
  return transitions
}

function statusesUntil(tick: number, first: number, check: Replayed, ballots: readonly BallotLine[]) {
  const history: Decided[] = []
  for (let past = first; past <= tick; past++) {
    if (past % check.intervalSeconds !== 0) continue
    const said = check.voters.map((voter) => saidBy(voter, check, past, ballots))
    history.push(finalVerdict(said, check.confirmations))
  }
  return twinStatuses(history, check.delay, 'pending')
}

function saidBy(voter: VoterName, check: Replayed, tick: number, ballots: readonly BallotLine[]): Said {
  const own = ballots.filter((ballot) => ballot.tick === tick && ballot.voter === voter)
  if (own.length === 0) return 'missing'
  const vote = own.find(({ votes }) => Object.hasOwn(votes, check.name))?.votes[check.name]
  if (vote === undefined) return 'abstain'
  const isSlow = vote.vote === 'online' && check.slowMs !== undefined && vote.ms > check.slowMs
  return isSlow ? 'slow' : vote.vote
}
