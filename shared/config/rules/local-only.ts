import { parseReference } from '../../secrets/reference.ts'
import type { Contact } from '../config.ts'
import type { ReadCheck } from '../read/checks.ts'
import { type ConfigValue, configValue, itemsOf, under } from '../read/value.ts'
import type { Report } from '../yaml/report.ts'

// What works on this machine but not in a deployment: a warning here, an error at synth.

/** Warns of webhooks on this machine, which AWS cannot reach, in valid contacts only. */
export function warnOfLocalWebhooks(from: ConfigValue, contacts: readonly Contact[], report: Report) {
  for (const { name, webhook } of contacts) {
    const contact = under(from, name)
    const webhooks = contact && under(contact, 'webhook')
    if (webhook.length > 0 && webhooks !== undefined) warnOfLocalItems(webhooks, report)
  }
}

function warnOfLocalItems(webhooks: ConfigValue, report: Report) {
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

/** Warns of `env:` secrets if a region votes, because a Lambda's environment holds the Lambda's own credentials. */
export function warnOfLocalSecrets(checks: readonly ReadCheck[], report: Report) {
  for (const { options, configured, electorate } of checks)
    if (options !== undefined && configured?.enabled && !electorate.onlyRunners)
      warnOfLocalSecretsIn(options, report)
}

function warnOfLocalSecretsIn(from: ConfigValue, report: Report) {
  const { value, entries } = from.at
  for (const [key, entry] of entries ?? [])
    warnOfLocalSecretsIn(configValue(entry, [...from.path, key]), report)
  const reference = typeof value === 'string' ? parseReference(value) : undefined
  if (reference === undefined || reference === 'malformed' || reference.store !== 'env') return
  report.warn(
    from,
    `is env:${reference.name}, which local runs and runners can read, so a deployment refuses it: a Lambda reads ssm: or secretsmanager:`,
    { localOnly: true },
  )
}
