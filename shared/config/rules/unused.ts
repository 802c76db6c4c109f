import type { ReadCheck } from '../read/checks.ts'
import { type ConfigValue, configValue, itemsOf, mappingEntries, under } from '../read/value.ts'
import type { Report } from '../yaml/report.ts'

/** The contacts that a check alerts, and the operators. */
export function toldContacts(root: ConfigValue, checks: readonly ReadCheck[]): ReadonlySet<unknown> {
  return new Set<unknown>([
    under(root, 'operators')?.at.value,
    ...checks.flatMap(({ configured }) => configured?.alerts.map(({ contact }) => contact) ?? []),
  ])
}

/** Warns of contacts that no check alerts, and of voters that vote on no check. */
export function warnOfUnused(root: ConfigValue, checks: readonly ReadCheck[], report: Report) {
  const contacts = under(root, 'contacts')
  const told = toldContacts(root, checks)
  for (const [name, entry] of contacts === undefined ? [] : mappingEntries(contacts.at))
    if (!told.has(name))
      report.warn(
        { offset: entry.keyOffset, path: [...contacts!.path, name] },
        'is used by no check and is not the operators',
      )

  const asked = new Set(checks.flatMap(({ electorate }) => electorate.names as readonly string[]))
  const unasked = 'votes on no check'
  const regions = under(root, 'regions')
  for (const region of regions === undefined ? [] : itemsOf(regions))
    if (typeof region.at.value === 'string' && !asked.has(region.at.value)) report.warn(region, unasked)
  const runners = under(root, 'runners')
  for (const [name, entry] of runners === undefined ? [] : mappingEntries(runners.at))
    if (!asked.has(name))
      report.warn({ ...configValue(entry, [...runners!.path, name]), offset: entry.keyOffset }, unasked)
}
