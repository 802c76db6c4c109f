import type { Alert, ContactName } from '../../check.ts'
import { quoteText } from '../../text/escape.ts'
import type { checkShape } from '../schema.ts'
import type { Report } from '../yaml/report.ts'
import { suggest } from './nearest.ts'
import { type ConfigValue, itemsOf, type ShapeOutput, under } from './value.ts'

const everyChange: Alert['on'] = ['offline', 'degraded', 'online']

/**
 * A check's alerts, with the short form expanded. `values` are the alerts as parsed by their shape; absent if that
 * failed, in which case the contacts are validated all the same.
 */
export function readAlerts(
  from: ConfigValue | undefined,
  values: ShapeOutput<typeof checkShape>['alerts'],
  contactNames: readonly string[],
  report: Report,
): readonly Alert[] {
  if (from === undefined) return []
  judgeContacts(from, contactNames, report)
  return (values ?? []).map((alert) => {
    const { contact, on = everyChange } = typeof alert === 'string' ? { contact: alert } : alert
    return { contact: contact as ContactName, on: [...new Set(on)] }
  })
}

function judgeContacts(from: ConfigValue, contactNames: readonly string[], report: Report) {
  const seen = new Set<string>()
  for (const item of itemsOf(from)) {
    const contact = under(item, 'contact') ?? item
    const name = contact.at.value
    if (typeof name !== 'string') continue
    judgeContact(contact, contactNames, report)
    if (seen.has(name))
      report.error(contact, `names ${quoteText(name)} a second time; write one entry with all its changes`)
    seen.add(name)
  }
}

/** Reports a name that is not a contact of the file. */
export function judgeContact(from: ConfigValue, contactNames: readonly string[], report: Report) {
  const name = from.at.value
  if (typeof name !== 'string' || contactNames.includes(name)) return
  report.error(from, `is not a contact of this file; ${suggest(name, contactNames)}`)
}
