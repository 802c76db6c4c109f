import type { ContactName } from '../check.ts'
import type { Config } from './config.ts'
import { judgeContact } from './read/alerts.ts'
import { type ReadCheck, readCheck } from './read/checks.ts'
import { readContacts } from './read/contacts.ts'
import { wordMismatch } from './read/sentences.ts'
import type { SettingsSource } from './read/settings.ts'
import {
  type ConfigValue,
  itemsOf,
  readShape,
  readValue,
  refuseUnknownKeys,
  requireMapping,
  under,
} from './read/value.ts'
import { readVoters } from './read/voters.ts'
import { warnOfConfirmations } from './rules/confirmations.ts'
import { warnOfLocalSecrets, warnOfLocalWebhooks } from './rules/local-only.ts'
import { judgeNames } from './rules/names.ts'
import { findPlaceholders } from './rules/placeholders.ts'
import { warnOfPrivateTargets, warnOfRefusedTargets } from './rules/private-targets.ts'
import { warnOfSecretsInClear } from './rules/secrets-in-clear.ts'
import { judgeSettings } from './rules/settings.ts'
import { judgeShardSizes } from './rules/shard-sizes.ts'
import { toldContacts, warnOfUnused } from './rules/unused.ts'
import { defaultsShape, listShape } from './schema.ts'
import { readDocument } from './yaml/document.ts'
import type { Located } from './yaml/locate.ts'
import { createReport, type Diagnostics, type Report } from './yaml/report.ts'

/** The result of parsing; diagnostics are in the order of the file. */
export interface ParsedConfig extends Diagnostics {
  /** Absent if there is any error. */
  readonly config?: Config
}

/** The top-level keys of the file. Keys that start with `x-` are ignored: a place for anchors. */
const rootKeys = ['regions', 'homes', 'runners', 'defaults', 'operators', 'contacts', 'checks'] as const

/** Parses a whole configuration. Never throws; `file` is its name in diagnostics. */
export function parseConfig(text: string, file: string): ParsedConfig {
  const document = readDocument(text)
  const report = createReport(file, document)
  for (const { message, ...position } of document.stumbles) report.error(position, message)
  const config = document.root === undefined ? undefined : readRoot(document.root, report)
  if (document.root === undefined && document.stumbles.length === 0)
    report.error(
      { offset: 0, path: [] },
      'is empty; write regions and checks, or let "upquorum init" write them',
    )
  const diagnostics = report.diagnostics()
  return config === undefined || diagnostics.errors.length > 0 ? diagnostics : { config, ...diagnostics }
}

function readRoot(at: Located, report: Report): Config | undefined {
  const root: ConfigValue = { at, keyOffset: at.offset, offset: at.offset, path: [] }
  if (!requireMapping(root, 'a mapping with regions and checks', report)) return undefined
  refuseUnknownKeys(root, rootKeys, report, (key) => key.startsWith('x-'))

  const voters = readVoters(root, report)
  const contactsAt = under(root, 'contacts')
  const contacts = contactsAt === undefined ? [] : readContacts(contactsAt, report)
  const contactNames = contacts.map((contact) => contact.name)
  if (contactsAt !== undefined) warnOfLocalWebhooks(contactsAt, contacts, report)
  const operators = readOperators(under(root, 'operators'), contactNames, report)
  const defaults = readDefaults(under(root, 'defaults'), report)

  const checks = readChecks(
    root,
    (from) => readCheck(from, { voters, defaults, contactNames }, report),
    report,
  )
  for (const check of checks) judgeSettings(check, report)
  judgeNames(checks, report)
  judgeShardSizes(checks, report)
  warnOfConfirmations(checks, root, report)
  warnOfPrivateTargets(checks, report)
  warnOfRefusedTargets(checks, report)
  warnOfLocalSecrets(checks, report)
  // The contacts and voters of an invalid check would look unused.
  if (!report.hasErrors()) warnOfUnused(root, checks, report)
  if (contactsAt !== undefined) findPlaceholders(contactsAt, toldContacts(root, checks), report)
  for (const { options } of checks) if (options !== undefined) warnOfSecretsInClear(options, report)
  return {
    regions: voters.regions,
    homes: voters.homes,
    runners: voters.runners,
    ...(operators === undefined ? {} : { operators }),
    contacts,
    checks: checks.flatMap(({ configured }) => configured ?? []),
  }
}

function readOperators(
  from: ConfigValue | undefined,
  contactNames: readonly string[],
  report: Report,
): ContactName | undefined {
  if (from === undefined) return undefined
  judgeContact(from, contactNames, report)
  return readValue(listShape.operators, from, report) as ContactName | undefined
}

function readDefaults(from: ConfigValue | undefined, report: Report): SettingsSource | undefined {
  if (from === undefined || !requireMapping(from, 'a mapping such as { interval: 60s }', report))
    return undefined
  refuseUnknownKeys(from, Object.keys(defaultsShape), report)
  return { from, values: readShape(defaultsShape, from, report) }
}

function readChecks(
  root: ConfigValue,
  read: (from: ConfigValue) => ReadCheck | undefined,
  report: Report,
): readonly ReadCheck[] {
  const from = under(root, 'checks')
  const example = 'a list with at least one check'
  if (from === undefined) report.error({ ...root, path: ['checks'] }, `is missing, must be ${example}`)
  else if (!Array.isArray(from.at.value)) report.error(from, wordMismatch(from.at.value, example))
  else if (from.at.value.length === 0) report.error(from, `is empty, must be ${example}`)
  else return itemsOf(from).flatMap((item) => read(item) ?? [])
  return []
}
