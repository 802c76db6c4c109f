import type { CheckName } from '../../check.ts'
import { type Kind, kinds, proberOf } from '../../probers/index.ts'
import { schemas } from '../../probers/schemas.ts'
import { orList } from '../../text/list.ts'
import type { ConfiguredCheck } from '../config.ts'
import { checkShape } from '../schema.ts'
import type { Path } from '../yaml/diagnostic.ts'
import type { Report } from '../yaml/report.ts'
import { readAlerts } from './alerts.ts'
import { type Electorate, readElectorate } from './electorate.ts'
import { nearest } from './nearest.ts'
import { type FoundSettings, type KnownSetting, readSettings, type SettingsSource } from './settings.ts'
import {
  type ConfigValue,
  mappingEntries,
  readShape,
  readValue,
  refuseRepetition,
  refuseUnknownKeys,
  requireMapping,
  under,
} from './value.ts'
import type { Voters } from './voters.ts'

/** The parts of the rest of the file that checks depend on. */
export interface Surroundings {
  readonly voters: Voters
  readonly defaults: SettingsSource | undefined
  readonly contactNames: readonly string[]
}

/** A check as written, valid or not, for the rules about all checks together. */
export interface ReadCheck {
  readonly from: ConfigValue
  readonly name: ConfigValue | undefined
  readonly options: ConfigValue | undefined
  readonly electorate: Electorate
  readonly settings: FoundSettings
  readonly confirmations: KnownSetting | undefined
  /** Absent if the check is invalid. */
  readonly configured: ConfiguredCheck | undefined
}

/** Reads one entry of the list `checks`. */
export function readCheck(from: ConfigValue, around: Surroundings, report: Report): ReadCheck | undefined {
  if (!requireMapping(from, `a mapping with a name and one of ${orList(kinds)}`, report)) return undefined
  const kind = readKind(from, report)
  const values = readShape(checkShape, from, report)
  const tags = under(from, 'tags')
  if (tags !== undefined) refuseRepetition(tags, report)

  const needs = kind === undefined ? undefined : { kind, needs: proberOf(kind).needs }
  const electorate = readElectorate(from, needs, around.voters, report)
  const { found, settings } = readSettings({ from, values }, around.defaults, electorate)
  const alerts = readAlerts(under(from, 'alerts'), values.alerts, around.contactNames, report)
  const options = kind === undefined ? undefined : under(from, kind)
  const target = kind === undefined ? undefined : readOptions(kind, options!, report)
  const read = {
    from,
    name: under(from, 'name'),
    options,
    electorate,
    settings: found,
    confirmations: settings?.confirmations,
  }
  if (kind === undefined || target === undefined || settings === undefined || values.name === undefined)
    return { ...read, configured: undefined }

  const { confirmations, ...timing } = settings
  const configured = {
    name: values.name as CheckName,
    kind,
    target,
    label: proberOf(kind).label(target),
    enabled: values.enabled ?? true,
    ...timing,
    confirmations: confirmations.value,
    voters: electorate.names,
    alerts,
    tags: values.tags ?? [],
    allowPrivate: values.allow_private ?? false,
  } as ConfiguredCheck
  return { ...read, configured }
}

/** Reads the options under the key of the check's kind. */
function readOptions(kind: Kind, options: ConfigValue, report: Report) {
  const isOfCheck = ([key, ...deeper]: Path) => deeper.length === 0 && Object.hasOwn(checkShape, key!)
  return readValue(schemas[kind], options, report, (path) =>
    isOfCheck(path) ? `belongs beside ${kind}, not inside it` : undefined,
  )
}

/** Finds the kind of a check by its key, and reports unknown or misplaced keys. */
function readKind(from: ConfigValue, report: Report): Kind | undefined {
  const keysOfCheck = [...kinds, ...Object.keys(checkShape)]
  const present = mappingEntries(from.at).filter(([key]) => (kinds as readonly string[]).includes(key))
  const [first, second] = present.map(([key]) => key as Kind)
  const inside: readonly string[] = first === undefined ? [] : Object.keys(schemas[first].in.shape)
  const isOfKind = (key: string) => inside.includes(key) && !keysOfCheck.includes(key)
  const unknown = refuseUnknownKeys(from, keysOfCheck, report, isOfKind)
  for (const [key, { keyOffset }] of mappingEntries(from.at)) {
    const position = { offset: keyOffset, path: [...from.path, key] }
    if (isOfKind(key)) report.error(position, `belongs inside ${first}, not beside it`)
  }
  if (first !== undefined && second !== undefined) {
    const position = { offset: present[1]![1].keyOffset, path: [...from.path, second] }
    report.error(position, `is a second kind beside ${first}; a check has exactly one`)
  }
  // A misspelt kind has been reported already.
  if (first === undefined && !unknown.some((key) => nearest(key, kinds) !== undefined))
    report.error(from, `has no kind, must have one of the keys ${orList(kinds)}`)
  return first
}
