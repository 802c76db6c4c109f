import type { ContactName } from '../../check.ts'
import type { Contact } from '../config.ts'
import { contactName, contactShape } from '../contact-schema.ts'
import type { Report } from '../yaml/report.ts'
import {
  type ConfigValue,
  configValue,
  judgeName,
  mappingEntries,
  readShape,
  refuseRepetition,
  refuseUnknownKeys,
  requireMapping,
} from './value.ts'

/** Reads the key `contacts`: named sets of endpoints. */
export function readContacts(from: ConfigValue, report: Report): readonly Contact[] {
  if (!requireMapping(from, 'a mapping of names, such as ops: { email: ops@example.com }', report)) return []
  return mappingEntries(from.at).map(([name, entry]) => {
    const contact = configValue(entry, [...from.path, name])
    judgeName(contactName, name, contact, report)
    return { name: name as ContactName, ...readEndpoints(contact, report) }
  })
}

function readEndpoints(contact: ConfigValue, report: Report): Omit<Contact, 'name'> {
  if (!requireMapping(contact, 'a mapping with email, sms or webhook', report)) return noEndpoints
  const unknown = refuseUnknownKeys(contact, Object.keys(contactShape), report)
  const kinds = mappingEntries(contact.at).filter(([key]) => key in contactShape)
  if (kinds.length === 0 && unknown.length === 0)
    report.error(contact, 'is empty, must have email, sms or webhook')
  for (const [key, entry] of kinds) refuseRepetition(configValue(entry, [...contact.path, key]), report)
  const { email = [], sms = [], webhook = [] } = readShape(contactShape, contact, report)
  return { email, sms, webhook }
}

const noEndpoints = { email: [], sms: [], webhook: [] }
