import type { VoterName } from '../../check.ts'
import { orList } from '../../text/list.ts'
import type { Report } from '../yaml/report.ts'
import { show, suggest } from './nearest.ts'
import { type ConfigValue, itemsOf, refuseRepetition, under } from './value.ts'
import type { Voters } from './voters.ts'

/** The voters of one check. */
export interface Electorate {
  /** Sorted and distinct. */
  readonly names: readonly VoterName[]
  readonly onlyRunners: boolean
  /** The check's `from`; absent if the check uses the default. */
  readonly from: ConfigValue | undefined
}

/** A kind, and what its voters need. */
export interface Needs {
  readonly kind: string
  readonly needs: 'tcp' | 'raw'
}

/**
 * Determines who votes on a check: the voters in its `from`; by default all regions, or all runners if there are no
 * regions or the kind needs raw sockets, which only runners have. Reports voters that are unknown or cannot probe
 * the kind.
 */
export function readElectorate(
  check: ConfigValue,
  needs: Needs | undefined,
  voters: Voters,
  report: Report,
): Electorate {
  const from = under(check, 'from')
  const names = from === undefined ? defaultNames(needs, voters) : readFrom(from, needs, voters, report)
  if (from === undefined && needs?.needs === 'raw' && names.length === 0)
    report.error(
      check,
      `is of the kind ${needs.kind}, which only runners can probe, and there are no runners`,
    )
  return {
    names: [...new Set(names)].sort() as VoterName[],
    onlyRunners: names.every((name) => voters.runnerNames.has(name)),
    from,
  }
}

function defaultNames(needs: Needs | undefined, voters: Voters): readonly string[] {
  const runners = [...voters.runnerNames]
  const regions = [...voters.names].filter((name) => !voters.runnerNames.has(name))
  return needs?.needs === 'raw' || regions.length === 0 ? runners : regions
}

function readFrom(
  from: ConfigValue,
  needs: Needs | undefined,
  voters: Voters,
  report: Report,
): readonly string[] {
  refuseRepetition(from, report)
  const runners = [...voters.runnerNames]
  const only = runners.length === 0 ? 'there are no runners' : `must be ${orList(runners.map(show))}`
  return itemsOf(from).flatMap((item) => {
    const name = item.at.value
    if (typeof name !== 'string') return []
    if (!voters.names.has(name)) {
      report.error(item, `is neither a region nor a runner of this file; ${suggest(name, [...voters.names])}`)
      return []
    }
    if (needs?.needs === 'raw' && !voters.runnerNames.has(name))
      report.error(item, `is a region, but only runners can probe the kind ${needs.kind}; ${only}`)
    return [name]
  })
}
