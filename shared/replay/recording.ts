import type { CheckName, Delay, Tick, Vote, VoterName } from '../check.ts'
import { isSlow, type Votable } from '../quorum/ballot.ts'
import { quoteText } from '../text/escape.ts'
import type { BallotLine } from './lines.ts'

/** What a replay needs of a check. */
export interface Replayed extends Votable {
  readonly voters: readonly VoterName[]
  readonly intervalSeconds: number
  readonly confirmations: number
  readonly delay: Delay
}

/** A voter's vote: `abstain` also if its ballot lacks the check, `missing` without a ballot. */
export type Said = Vote['vote'] | 'missing'

/** Recorded votes, independent of the order of their ballots. */
export interface Recording {
  /**
   * Adds one ballot; only the first vote of the same tick, voter and check counts. Returns warnings about votes that
   * are ignored.
   *
   * @throws RangeError when its tick is not a tick of a check it votes on.
   */
  add(ballot: BallotLine): readonly string[]
  /** The ticks that have a ballot, in order. */
  ticks(): readonly Tick[]
  /** The vote of each voter of a check at a tick, in the order of the check's voters. */
  said(check: Replayed, tick: Tick): readonly Said[]
}

export function createRecording(checks: readonly Replayed[]): Recording {
  const positions = new Map(checks.map(({ name }, position) => [name, position]))
  const voters = new Set(checks.flatMap((check) => check.voters))
  // One word per check and ballot, at the check's position, because a day of 200 checks has millions of votes.
  const words = new Map<Tick, Map<VoterName, Vote['vote'][]>>()

  function wordsAt(tick: Tick, voter: VoterName): Vote['vote'][] {
    const atTick = words.get(tick) ?? new Map<VoterName, Vote['vote'][]>()
    const ofVoter = atTick.get(voter) ?? []
    words.set(tick, atTick.set(voter, ofVoter))
    return ofVoter
  }

  return {
    add({ tick, voter, votes }) {
      if (!voters.has(voter)) return [`unknown voter ${quoteText(voter)}`]
      if (!checks.some((check) => check.voters.includes(voter) && tick % check.intervalSeconds === 0)) {
        throw new RangeError(`tick ${tick} is not a multiple of the interval of any check of ${voter}`)
      }
      const warnings: string[] = []
      const ofVoter = wordsAt(tick, voter)
      for (const [name, vote] of Object.entries(votes) as [CheckName, Vote][]) {
        const position = positions.get(name)
        if (position === undefined) {
          warnings.push(`unknown check ${quoteText(name)}; it is not in the configuration, or disabled there`)
          continue
        }
        const check = checks[position]!
        if (tick % check.intervalSeconds !== 0) {
          throw new RangeError(
            `tick ${tick} is not a multiple of the ${check.intervalSeconds} s interval of ${name}`,
          )
        }
        if (check.voters.includes(voter)) ofVoter[position] ??= wordOf(vote, check)
        else warnings.push(`${voter} is not a voter of ${name}`)
      }
      return warnings
    },

    ticks: () => [...words.keys()].toSorted((first, second) => first - second),

    said(check, tick) {
      const position = positions.get(check.name)!
      const atTick = words.get(tick)
      return check.voters.map((voter) => {
        const ofVoter = atTick?.get(voter)
        return ofVoter === undefined ? 'missing' : (ofVoter[position] ?? 'abstain')
      })
    },
  }
}

function wordOf(vote: Vote, check: Replayed): Vote['vote'] {
  return vote.vote === 'online' && isSlow(vote.ms, check) ? 'slow' : vote.vote
}
