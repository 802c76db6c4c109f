import type { ReadCheck } from './checks.ts'
import { under } from './read.ts'
import type { Report } from './report.ts'

/** Warns once, at the first of them, of checks that allow private targets although regions vote on them. */
export function warnOfPrivateTargets(checks: readonly ReadCheck[], report: Report) {
  const places = checks
    .filter(({ configured, electorate }) => configured?.allowPrivate && !electorate.onlyRunners)
    .map(({ from }) => under(from, 'allow_private')!)
  if (places[0] === undefined) return
  const more = places.length === 1 ? '' : ` (and for ${places.length - 1} more)`
  report.warn(
    places[0],
    `is true where regions vote${more}: Lambda voters refuse private targets even so, only local runs and runners obey it`,
  )
}
