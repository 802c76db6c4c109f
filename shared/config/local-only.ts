import { parseReference } from '../secrets/reference.ts'
import type { ReadCheck } from './checks.ts'
import { itemsOf, type Written, written } from './read.ts'
import type { Report } from './report.ts'

// What works on this machine and a deployment refuses: a warning here, an error of the synth there.

/** Webhooks to this machine, which nobody reaches from AWS. What `webhooks` holds is valid. */
export function warnOfLocalWebhooks(webhooks: Written, report: Report) {
  for (const item of itemsOf(webhooks)) {
    if (/^http:/i.test(String(item.at.value)))
      report.warn(
        item,
        'is on this machine, so a deployment refuses it: SNS delivers to https:// addresses',
        {
          localOnly: true,
        },
      )
  }
}

/** Secrets of the environment where a region votes: a Lambda's environment holds its own credentials. */
export function warnOfLocalSecrets(checks: readonly ReadCheck[], report: Report) {
  for (const { options, configured, electorate } of checks)
    if (options !== undefined && configured?.enabled && !electorate.onlyRunners)
      warnOfLocalSecretsIn(options, report)
}

function warnOfLocalSecretsIn(from: Written, report: Report) {
  const { value, entries } = from.at
  for (const [key, entry] of entries ?? []) warnOfLocalSecretsIn(written(entry, [...from.path, key]), report)
  const reference = typeof value === 'string' ? parseReference(value) : undefined
  if (reference === undefined || reference === 'malformed' || reference.store !== 'env') return
  report.warn(
    from,
    `is env:${reference.name}, which local runs and runners can read, so a deployment refuses it: a Lambda reads ssm: or secretsmanager:`,
    { localOnly: true },
  )
}
