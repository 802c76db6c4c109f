import { parseReference, secretForms } from '../../secrets/reference.ts'
import { type ConfigValue, configValue, mappingEntries } from '../read/value.ts'
import type { Report } from '../yaml/report.ts'

/** Options and headers that carry secrets whatever the kind. */
const secretKey =
  /^(authorization|proxy-authorization|cookie|x-api-key|x-auth-token|api-?key|password|token|bearer|secret)$/i

/** Warns of secrets written out in the options of a check: the file is shared, and so is the plan. */
export function warnOfSecretsInClear(options: ConfigValue, report: Report) {
  for (const [key, entry] of mappingEntries(options.at)) {
    const under = configValue(entry, [...options.path, key])
    if (typeof under.at.value === 'object') warnOfSecretsInClear(under, report)
    else if (
      secretKey.test(key) &&
      typeof under.at.value === 'string' &&
      parseReference(under.at.value) === undefined
    )
      report.warn(under, `is a secret in clear; write a reference: ${secretForms}`)
  }
}
