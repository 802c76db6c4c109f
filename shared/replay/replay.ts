import {
  alertId,
  type CheckName,
  type Decided,
  type Delay,
  type Tick,
  tickAtOrAfter,
  type Vote,
  type VoterName,
} from '../check.ts'
import { advance, pendingRow, type Row } from '../quorum/advance.ts'
import { isSlow, type Votable } from '../quorum/ballot.ts'
import { judge } from '../quorum/judge.ts'
import type { BallotLine, TransitionLine } from './lines.ts'

/** A check as a replay needs it. */
export interface Replayed extends Votable {
  readonly voters: readonly VoterName[]
  readonly intervalSeconds: number
  readonly confirmations: number
  readonly delay: Delay
}

/** The votes of a recording: by tick, then voter, then check. */
export type Recording = ReadonlyMap<Tick, ReadonlyMap<VoterName, ReadonlyMap<CheckName, Vote>>>

/** Collects ballots in any order. Of a repeated vote (same tick, voter, check) the first one counts. */
export function recordingOf(checks: readonly Replayed[]) {
  const byName = new Map(checks.map((check) => [check.name, check]))
  const voters = new Set(checks.flatMap((check) => check.voters))
  const recording = new Map<Tick, Map<VoterName, Map<CheckName, Vote>>>()

  return {
    recording: recording as Recording,

    /**
     * Adds one ballot. Returns what is odd about it, as warnings; what they speak of does not count.
     *
     * @throws RangeError when its tick is no tick of a check that it votes on.
     */
    add({ tick, voter, votes }: BallotLine): readonly string[] {
      if (!voters.has(voter)) return [`unknown voter ${voter}`]
      if (!checks.some((check) => check.voters.includes(voter) && tick % check.intervalSeconds === 0)) {
        throw new RangeError(`tick ${tick} is no multiple of the interval of any check of ${voter}`)
      }
      const warnings: string[] = []
      const atTick = recording.get(tick) ?? new Map<VoterName, Map<CheckName, Vote>>()
      const ofVoter = atTick.get(voter) ?? new Map<CheckName, Vote>()
      for (const [name, vote] of Object.entries(votes) as [CheckName, Vote][]) {
        const check = byName.get(name)
        if (check === undefined) {
          warnings.push(`unknown check ${name}`)
          continue
        }
        if (tick % check.intervalSeconds !== 0) {
          throw new RangeError(
            `tick ${tick} is no multiple of the ${check.intervalSeconds} s interval of ${name}`,
          )
        }
        if (!check.voters.includes(voter)) warnings.push(`${voter} is no voter of ${name}`)
        else if (!ofVoter.has(name)) ofVoter.set(name, vote)
      }
      atTick.set(voter, ofVoter)
      recording.set(tick, atTick)
      return warnings
    },
  }
}

/**
 * Decides a whole recording with the functions that decide in production, every tick past its deadline.
 * Each check begins pending at the recording's first tick; a tick without any ballot is blind. Transitions
 * are ordered by tick, then check.
 */
export function replay(checks: readonly Replayed[], recording: Recording): readonly TransitionLine[] {
  const ticks = [...recording.keys()].sort((a, b) => a - b)
  const transitions = checks.flatMap((check) => replayCheck(check, recording, ticks))
  return transitions.sort((a, b) => a.tick - b.tick || (a.check < b.check ? -1 : 1))
}

function replayCheck(
  check: Replayed,
  recording: Recording,
  ticks: readonly Tick[],
): readonly TransitionLine[] {
  const { intervalSeconds } = check
  const transitions: TransitionLine[] = []
  let next = tickAtOrAfter(ticks[0] ?? 0, intervalSeconds)
  let row = pendingRow(next)
  for (const tick of ticks) {
    if (tick % intervalSeconds !== 0) continue
    row = silent(row, (tick - next) / intervalSeconds, check.delay, tick)
    next = (tick + intervalSeconds) as Tick
    const votes = votesAt(check, recording.get(tick)!)
    const after = advance(row, verdictOf(check, [...votes.values()]), check.delay, tick)
    if (after.status !== row.status) transitions.push(transition(check, row, after, tick, votes))
    row = after
  }
  return transitions
}

/** The row after so many ticks without a ballot; those beyond the longer delay change nothing more. */
function silent(row: Row, ticks: number, delay: Delay, tick: Tick): Row {
  let after = row
  const telling = Math.min(ticks, Math.max(delay.down, delay.up) + 1)
  for (let count = 0; count < telling; count++) after = advance(after, 'blind', delay, tick)
  return after
}

type Seen = Vote['vote'] | 'missing'

function votesAt(
  check: Replayed,
  atTick: ReadonlyMap<VoterName, ReadonlyMap<CheckName, Vote>>,
): ReadonlyMap<VoterName, Seen> {
  return new Map(
    check.voters.map((voter) => {
      const ballot = atTick.get(voter)
      if (ballot === undefined) return [voter, 'missing']
      const vote = ballot.get(check.name)
      if (vote === undefined) return [voter, 'abstain']
      return [voter, vote.vote === 'online' && isSlow(vote.ms, check) ? 'slow' : vote.vote]
    }),
  )
}

function verdictOf(check: Replayed, votes: readonly Seen[]): Decided {
  const count = (word: Seen) => votes.filter((vote) => vote === word).length
  const tally = {
    offline: count('offline'),
    slow: count('slow'),
    online: count('online'),
    missing: count('missing'),
  }
  return judge(tally, check.confirmations, true) as Decided
}

function transition(
  check: Replayed,
  before: Row,
  after: Row,
  tick: Tick,
  votes: ReadonlyMap<VoterName, Seen>,
): TransitionLine {
  return {
    type: 'transition',
    check: check.name,
    from: before.status,
    to: after.status,
    tick,
    alertId: alertId(check.name, tick),
    votes: Object.fromEntries(votes),
  }
}
