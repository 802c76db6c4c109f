import { refusal } from '../network/guard.ts'
import { knownAddresses } from '../network/resolve.ts'
import { probers } from '../probers/index.ts'
import type { Prober } from '../probers/prober.ts'
import type { ReadCheck } from './checks.ts'
import type { ConfiguredCheck } from './config.ts'
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

/**
 * Warns of enabled checks that no voter will probe, as far as that can be told without a look-up: their hosts are
 * addresses that are refused, so that all they would ever bring is an alert.
 */
export function warnOfRefusedTargets(checks: readonly ReadCheck[], report: Report) {
  for (const { options, configured } of checks) {
    if (options === undefined || !configured?.enabled || configured.allowPrivate) continue
    const refused = hostsOf(configured)
      .map(refusalOf)
      .find((sentence) => sentence !== undefined)
    if (refused !== undefined) report.warn(options, `will be refused: ${refused}`)
  }
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
