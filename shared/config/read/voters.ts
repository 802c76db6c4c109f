import type { VoterName } from '../../check.ts'
import type { Runner } from '../config.ts'
import { knownRegions, regionPattern } from '../regions.ts'
import { listShape, runnerName, runnerShape } from '../schema.ts'
import type { Report } from '../yaml/report.ts'
import { nearest } from './nearest.ts'
import {
  type ConfigValue,
  configValue,
  itemsOf,
  judgeName,
  mappingEntries,
  readShape,
  readValue,
  refuseRepetition,
  refuseUnknownKeys,
  requireMapping,
  under,
} from './value.ts'

/** All voters of the file, and the regions that hold a table. */
export interface Voters {
  readonly regions: readonly VoterName[]
  readonly runners: readonly Runner[]
  readonly homes: readonly string[]
  /** Every name as written, valid or not, so that an invalid name is reported once and not at every use. */
  readonly names: ReadonlySet<string>
  readonly runnerNames: ReadonlySet<string>
}

/** Reads the keys `regions`, `runners` and `homes` of the file. */
export function readVoters(root: ConfigValue, report: Report): Voters {
  const regions = readRegions(under(root, 'regions'), 'regions', report)
  const runnersAt = under(root, 'runners')
  const runners = runnersAt === undefined ? [] : readRunners(runnersAt, report)
  const homesAt = under(root, 'homes')
  const homes = readRegions(homesAt, 'homes', report)
  if (homesAt !== undefined && homes.length > 1)
    report.warn(
      homesAt,
      `has ${homes.length} regions, and each decides and alerts by itself: contacts get every alert ${homes.length} times, and after a deployment one home may be blind for a few minutes`,
    )
  const firstHome = regions[0] ?? runners[0]?.region

  const runnerNames = runnersAt === undefined ? [] : mappingEntries(runnersAt.at).map(([name]) => name)
  const names = [...readNames(under(root, 'regions')), ...runnerNames]
  if (names.length === 0) refuseNoVoters(root, runnersAt, report)
  return {
    regions: regions as readonly VoterName[],
    runners,
    homes: homesAt !== undefined || firstHome === undefined ? homes : [firstHome],
    names: new Set(names),
    runnerNames: new Set(runnerNames),
  }
}

function refuseNoVoters(root: ConfigValue, runners: ConfigValue | undefined, report: Report) {
  const regions = under(root, 'regions')
  // An invalid value is reported as such; it was probably meant to name a voter.
  const meantVoters = [regions, runners].some((from) => from !== undefined && !isEmpty(from))
  if (meantVoters) return
  report.error(
    regions ?? { offset: root.offset, path: ['regions'] },
    `is ${regions === undefined ? 'missing' : 'empty'}, must name at least one AWS region such as eu-west-1; otherwise there are no voters`,
  )
}

function isEmpty({ at }: ConfigValue): boolean {
  return at.entries?.size === 0
}

function readRegions(
  from: ConfigValue | undefined,
  key: 'regions' | 'homes',
  report: Report,
): readonly string[] {
  if (from === undefined) return []
  refuseRepetition(from, report)
  for (const item of itemsOf(from)) judgeRegion(item, report)
  return readValue(listShape[key], from, report) ?? []
}

function readNames(from: ConfigValue | undefined): readonly string[] {
  if (from === undefined) return []
  return itemsOf(from).flatMap(({ at }) => (typeof at.value === 'string' ? [at.value] : []))
}

function readRunners(from: ConfigValue, report: Report): Voters['runners'] {
  if (!requireMapping(from, 'a mapping of names, such as lab-1: { region: us-east-1 }', report)) return []
  return mappingEntries(from.at).flatMap(([name, entry]) => {
    const runner = configValue(entry, [...from.path, name])
    judgeName(runnerName, name, runner, report)
    // A voter's name identifies its votes, so a runner must not have the name of a region.
    if (regionPattern.test(name))
      report.error(
        { ...runner, offset: runner.keyOffset },
        'looks like the name of a region; write another, such as lab-1',
      )
    if (!requireMapping(runner, 'a mapping such as { region: us-east-1 }', report)) return []
    refuseUnknownKeys(runner, Object.keys(runnerShape), report)
    const { region, self_hosted: selfHosted } = readShape(runnerShape, runner, report)
    const regionAt = under(runner, 'region')
    if (regionAt !== undefined) judgeRegion(regionAt, report)
    if (region === undefined) return []
    return [{ name: name as VoterName, region, ...(selfHosted ? { selfHosted } : {}) }]
  })
}

/** Only a warning, because AWS may have opened the region after the list was written; a typo is still noticed. */
function judgeRegion(item: ConfigValue, report: Report) {
  const name = item.at.value
  if (typeof name !== 'string' || !regionPattern.test(name) || knownRegions.includes(name)) return
  const near = nearest(name, knownRegions)
  report.warn(item, `unknown region${near === undefined ? '' : `; did you mean ${near}?`}`)
}
