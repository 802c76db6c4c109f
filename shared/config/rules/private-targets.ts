import { refusal } from '../../network/guard.ts'
import { knownAddresses } from '../../network/resolve.ts'
import { probers } from '../../probers/index.ts'
import type { Prober } from '../../probers/prober.ts'
import type { ConfiguredCheck } from '../config.ts'
import type { ReadCheck } from '../read/checks.ts'
import { under } from '../read/value.ts'
import type { Report } from '../yaml/report.ts'

/**
 * Warns of checks that allow private targets although regions vote on them: once, at the first of those whose
 * targets are certainly private, which a deployment refuses, and once of those whose names may lead anywhere.
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
    const more = alike.length === 1 ? '' : ` (and for ${alike.length - 1} more)`
    report.warn(
      under(first.from, 'allow_private')!,
      `is true where regions vote${more}: Lambda voters refuse private targets even so, only local runs and runners obey it`,
      mark,
    )
  }
}

/**
 * Warns of enabled checks that no voter will probe, as far as that can be told without a look-up: their hosts are
 * addresses that are refused, so that all they would ever bring is an alert, which a deployment refuses.
 */
export function warnOfRefusedTargets(checks: readonly ReadCheck[], report: Report) {
  for (const { options, configured } of checks) {
    if (options === undefined || !configured?.enabled || configured.allowPrivate) continue
    const refused = refusalOfTarget(configured)
    if (refused !== undefined) report.warn(options, `will be refused: ${refused}`, { localOnly: true })
  }
}

/** Why none of its voters may probe it unless it is allowed to, as far as its hosts are addresses. */
function refusalOfTarget(configured: ConfiguredCheck): string | undefined {
  return hostsOf(configured)
    .map(refusalOf)
    .find((sentence) => sentence !== undefined)
}

function hostsOf({ kind, target }: ConfiguredCheck): readonly string[] {
  // TypeScript cannot see that prober and target are of the same kind.
  return (probers[kind] as Prober<unknown>).hosts(target)
}

function refusalOf(host: string): string | undefined {
  try {
    const addresses = knownAddresses(host) ?? []
    return addresses.map(({ address }) => refusal(address)).find((sentence) => sentence !== undefined)
  } catch {
    // A name that leads nowhere is what the check is for.
    return undefined
  }
}
