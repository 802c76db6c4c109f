import type { CheckName, Vote, VoterName } from '../../../shared/check.ts'
import { formatLatency, formatThreshold } from '../../../shared/text/duration.ts'
import type { Mark } from './marks.ts'
import type { ShownCheck, ShownTick } from './ticks.ts'

/** A sentence about the votes of a tick, with the mark it explains. */
export interface Note {
  readonly mark: Mark
  readonly text: string
}

/** Explains votes once: the first time, and when what they say changes. */
export interface Notes {
  of(shown: ShownTick): readonly Note[]
}

export function createNotes(): Notes {
  const explained = new Map<string, string>()

  /** Whether a vote says something that this voter did not say of this check the last time. */
  function isNews(check: CheckName, voter: VoterName, vote: Vote): boolean {
    const key = `${check} ${voter}`
    const said = claimOf(vote)
    const before = explained.get(key)
    if (said === undefined) explained.delete(key)
    else explained.set(key, said)
    return said !== undefined && said !== before
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
        return [...news.values()].map((said) => noteOf(check, said, votes.length))
      }),
  }
}

/** What a vote claims, apart from its latency; an online vote claims nothing that needs explaining. */
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

function noteOf(check: ShownCheck, said: readonly (readonly [VoterName, Vote])[], voterCount: number): Note {
  const isAll = said.length === voterCount && voterCount > 2
  const voters = isAll ? `all ${voterCount} voters` : said.map(([voter]) => voter).join(', ')
  const vote = said[0]![1]
  switch (vote.vote) {
    case 'online':
    case 'slow': {
      const took = said.map(([voter, each]) => `${voter} took ${formatLatency('ms' in each ? each.ms : 0)}`)
      const over = check.slowMs === undefined ? '' : ` (over ${formatThreshold(check.slowMs)})`
      return { mark: 'slow', text: `slow: ${check.name} from ${took.join(', ')}${over}` }
    }
    case 'offline':
      return {
        mark: 'offline',
        text: `${check.name} from ${voters}: ${vote.reason}${vote.detail === '' ? '' : `: ${vote.detail}`}`,
      }
    case 'abstain':
      return { mark: 'abstain', text: `${check.name}: ${voters} could not look: ${vote.detail}` }
  }
}
