import type { ReadCheck } from '../read/checks.ts'
import type { ConfigValue } from '../read/value.ts'
import type { Report } from '../yaml/report.ts'

/** Reports duplicate names of checks, and warns of names that differ only in case. */
export function judgeNames(checks: readonly ReadCheck[], report: Report) {
  const exact = new Map<string, ConfigValue>()
  const folded = new Map<string, ConfigValue>()
  for (const { name } of checks) {
    const text = name?.at.value
    if (name === undefined || typeof text !== 'string') continue
    const same = exact.get(text)
    const alike = folded.get(text.toLowerCase())
    if (same !== undefined)
      report.error(name, `is the name of another check, in line ${report.line(same)}; names must be unique`)
    else if (alike !== undefined)
      report.warn(name, `differs only in case from the name of another check, in line ${report.line(alike)}`)
    if (same === undefined) exact.set(text, name)
    if (alike === undefined) folded.set(text.toLowerCase(), name)
  }
}
