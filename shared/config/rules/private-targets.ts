import { refusal } from '../../network/guard.ts'
import { knownAddresses } from '../../network/resolve.ts'
import { proberOf } from '../../probers/index.ts'
import type { ConfiguredCheck } from '../config.ts'
import type { ReadCheck } from '../read/checks.ts'
import { under } from '../read/value.ts'
import type { Report } from '../yaml/report.ts'

/**
 * Warns of checks that allow private targets although regions vote on them: once for those whose targets are
 * certainly private, which a deployment refuses, and once for those whose names may resolve to anything.
 */
export function warnOfPrivateTargets(checks: readonly ReadCheck[], report: Report) {
  const asked = checks.filter(
    ({ configured, electorate }) => configured?.allowPrivate && !electorate.onlyRunners,
  )
  const { certain = [], possible = [] } = Object.groupBy(asked, ({ configured }) =>
    configured!.enabled && refusalOfTarget(configured!) !== undefined ? 'certain' : 'possible',
  )
  for (const [alike, mark] of [
    [certain, { localOnly: true }],
    [possible, {}],
  ] as const) {
    const [first] = alike
    if (first === undefined) continue
    const more = alike.length === 1 ? '' : ` (and on ${alike.length - 1} more)`
    report.warn(
      under(first.from, 'allow_private')!,
      `is true although regions vote on this check${more}: Lambda voters refuse private targets anyway, only local runs and runners honour it`,
      mark,
    )
  }
}

/**
 * Warns of enabled checks that no voter will probe because their hosts are addresses that the guard refuses: they
 * could only ever alert, so a deployment refuses them. Names are not looked up.
 */
export function warnOfRefusedTargets(checks: readonly ReadCheck[], report: Report) {
  for (const { options, configured } of checks) {
    if (options === undefined || !configured?.enabled || configured.allowPrivate) continue
    const refused = refusalOfTarget(configured)
    if (refused !== undefined) report.warn(options, `will be refused: ${refused}`, { localOnly: true })
  }
}

/** Why the guard would refuse the check's target without `allow_private`, if one of its hosts is an address. */
function refusalOfTarget(configured: ConfiguredCheck): string | undefined {
  return proberOf(configured.kind)
    .hosts(configured.target)
    .map(refusalOf)
    .find((sentence) => sentence !== undefined)
}

function refusalOf(host: string): string | undefined {
  try {
    const addresses = knownAddresses(host) ?? []
    return addresses.map(({ address }) => refusal(address)).find((sentence) => sentence !== undefined)
  } catch {
    // An invalid host is for the check itself to report.
    return undefined
  }
}
