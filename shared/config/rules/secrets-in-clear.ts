import { parseReference, secretForms } from '../../secrets/reference.ts'
import { type ConfigValue, configValue, mappingEntries } from '../read/value.ts'
import type { Report } from '../yaml/report.ts'

/** Options and headers that carry secrets in any kind of check. */
const secretKey =
  /^(authorization|proxy-authorization|cookie|x-api-key|x-auth-token|api-?key|password|token|bearer|secret)$/i

/** Warns of secrets in clear text in a check's options, because the file and the plan are shared. */
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
