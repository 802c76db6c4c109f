import type { ReadCheck } from '../read/checks.ts'
import type { KnownSetting } from '../read/settings.ts'
import type { Report, SourcePosition } from '../yaml/report.ts'

/**
 * Warns of confirmations that work but surprise: half of the voters or fewer, and all of them. Where many
 * checks inherit the same number for the same count of voters, one warning tells of all.
 */
export function warnOfConfirmations(checks: readonly ReadCheck[], root: SourcePosition, report: Report) {
  const inherited = new Map<string, { agreement: Agreement; confirmations: KnownSetting; checks: number }>()
  for (const { confirmations, electorate, configured } of checks) {
    if (confirmations === undefined || configured?.enabled !== true) continue
    const agreement = judge(confirmations.value, electorate.names.length)
    if (agreement === undefined) continue
    if (confirmations.by === 'check')
      report.warn(confirmations.position, `is ${agreement.share}: ${agreement.surprise}`)
    else {
      const checksBefore = inherited.get(agreement.share)?.checks ?? 0
      inherited.set(agreement.share, { agreement, confirmations, checks: checksBefore + 1 })
    }
  }
  for (const { agreement, confirmations, checks } of inherited.values()) {
    const position =
      confirmations.by === 'defaults'
        ? confirmations.position
        : { ...root, path: ['defaults', 'confirmations'] }
    const unwritten = confirmations.by === 'defaults' ? '' : ', when left out'
    const whom = `for ${checks} ${checks === 1 ? 'check' : 'checks'}`
    report.warn(position, `is ${agreement.share} ${whom}${unwritten}: ${agreement.surprise}`)
  }
}

interface Agreement {
  readonly share: string
  readonly surprise: string
}

/** What is surprising about so many confirmations of so many voters, if anything. One voter surprises nobody. */
function judge(confirmations: number, voters: number): Agreement | undefined {
  if (voters < 2 || confirmations > voters) return undefined
  const share = `${confirmations} of ${voters} voters`
  if (confirmations === voters) return { share, surprise: 'one silent voter blinds the check' }
  if (confirmations <= voters / 2)
    return { share, surprise: '"offline" and "online" can both have enough votes, and the worse wins' }
  return undefined
}
