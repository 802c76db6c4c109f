import type { ReadCheck } from '../read/checks.ts'
import type { KnownSetting } from '../read/settings.ts'
import type { Report, SourcePosition } from '../yaml/report.ts'

/**
 * Warns of confirmations that are valid but surprising: half of the voters or fewer, or all of them. Checks that
 * inherit the same number for the same count of voters share one warning.
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

/** The surprising effect of these confirmations with this many voters, if any. A single voter is never surprising. */
function judge(confirmations: number, voters: number): Agreement | undefined {
  if (voters < 2 || confirmations > voters) return undefined
  const share = `${confirmations} of ${voters} voters`
  if (confirmations === voters) return { share, surprise: 'one silent voter blinds the check' }
  if (confirmations <= voters / 2)
    return { share, surprise: '"offline" and "online" can both have enough votes, and the worse wins' }
  return undefined
}
