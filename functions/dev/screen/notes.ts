import type { CheckName, Vote, VoterName } from '../../../shared/check.ts'
import { formatLatency, formatThreshold } from '../../../shared/text/duration.ts'
import type { Mark } from './marks.ts'
import type { ShownCheck, ShownTick } from './ticks.ts'

/** A sentence about the votes of a tick, with the mark it explains. */
export interface Note {
  readonly mark: Mark
  readonly text: string
}

/** Explains a vote when it first appears and again only when what it claims changes. */
export interface Notes {
  of(shown: ShownTick): readonly Note[]
}

export function createNotes(): Notes {
  const explained = new Map<string, string>()

  /** Whether a vote claims something that this voter's last vote on this check did not. */
  function isNews(check: CheckName, voter: VoterName, vote: Vote): boolean {
    const key = `${check} ${voter}`
    const claim = claimOf(vote)
    const before = explained.get(key)
    if (claim === undefined) explained.delete(key)
    else explained.set(key, claim)
    return claim !== undefined && claim !== before
  }

  return {
    of: (shown) =>
      shown.checks.flatMap(({ check, votes }) => {
        const news = new Map<string, [VoterName, Vote][]>()
        for (const [voter, vote] of votes) {
          if (vote === undefined || !isNews(check.name, voter, vote)) continue
          const claim = claimOf(vote)!
          news.set(claim, [...(news.get(claim) ?? []), [voter, vote]])
        }
        return [...news.values()].map((agreeing) => noteOf(check, agreeing, votes.length))
      }),
  }
}

/** What a vote claims apart from its latency; undefined for an online vote, which needs no explanation. */
function claimOf(vote: Vote): string | undefined {
  switch (vote.vote) {
    case 'online':
      return undefined
    case 'slow':
      return 'slow'
    case 'offline':
      return `offline ${vote.reason} ${vote.detail}`
    case 'abstain':
      return `abstain ${vote.detail}`
  }
}

/** @param agreeing the voters that claim the same, with their votes. */
function noteOf(
  check: ShownCheck,
  agreeing: readonly (readonly [VoterName, Vote])[],
  voterCount: number,
): Note {
  const isAll = agreeing.length === voterCount && voterCount > 2
  const voters = isAll ? `all ${voterCount} voters` : agreeing.map(([voter]) => voter).join(', ')
  const vote = agreeing[0]![1]
  switch (vote.vote) {
    case 'online':
    case 'slow': {
      const took = agreeing.map(
        ([voter, each]) => `${voter} took ${formatLatency('ms' in each ? each.ms : 0)}`,
      )
      const over = check.slowMs === undefined ? '' : ` (over ${formatThreshold(check.slowMs)})`
      return { mark: 'slow', text: `slow: ${check.name} from ${took.join(', ')}${over}` }
    }
    case 'offline':
      return {
        mark: 'offline',
        text: `${check.name} from ${voters}: ${vote.reason}${vote.detail === '' ? '' : `: ${vote.detail}`}`,
      }
    case 'abstain':
      return { mark: 'abstain', text: `${check.name}: ${voters} abstained: ${vote.detail}` }
  }
}
