import type { Command } from 'commander'
import type { Config } from '../../shared/config/config.ts'
import { parseFile } from '../../shared/config/file.ts'
import { formatDiagnostic } from '../../shared/config/yaml/diagnostic.ts'
import { makePlan } from '../../shared/plan/make.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { defaultFile, sayWarnings } from './configuration.ts'

export function define(command: Command): void {
  command
    .description(
      'Reports every error and warning in a configuration on stderr, each with its line and column. ' +
        'Exit code 0 if it is valid (warnings allowed), 1 if it is not.',
    )
    .argument('[file]', 'the configuration', defaultFile)
    .option('--json', 'print one JSON object to stdout instead')
    .action(validate)
}

async function validate(file: string, options: { readonly json?: true }) {
  const { config, errors, warnings } = parseFile(file)
  if (options.json) {
    const summary = config === undefined ? {} : { summary: await summarize(config) }
    console.log(
      JSON.stringify({ type: 'validation', file, valid: config !== undefined, errors, warnings, ...summary }),
    )
    if (config === undefined) process.exitCode = 1
    return
  }
  sayWarnings(warnings)
  if (config === undefined) {
    const count = [
      plural(errors.length, 'error'),
      ...(warnings.length > 0 ? [plural(warnings.length, 'warning')] : []),
    ]
    throw new CommandFailure([...errors.map(formatDiagnostic), `${file}: ${count.join(', ')}`].join('\n'))
  }
  console.log(`${file}: valid, ${wordSummary(await summarize(config))}`)
}

interface Summary {
  readonly checks: number
  readonly disabled: number
  readonly shards: number
  readonly regions: number
  readonly runners: number
  readonly contacts: number
}

async function summarize(config: Config): Promise<Summary> {
  const { index } = await makePlan(config)
  return {
    checks: config.checks.length,
    disabled: config.checks.filter((check) => !check.enabled).length,
    shards: index.shards.length,
    regions: config.regions.length,
    runners: config.runners.length,
    contacts: config.contacts.length,
  }
}

function wordSummary({ checks, disabled, shards, regions, runners, contacts }: Summary): string {
  const off = disabled === 0 ? '' : ` (${disabled} disabled)`
  const voters = [
    ...(regions > 0 ? [plural(regions, 'region')] : []),
    ...(runners > 0 ? [plural(runners, 'runner')] : []),
  ].join(' and ')
  return `${plural(checks, 'check')}${off} in ${plural(shards, 'shard')}, ${voters} voting, ${plural(contacts, 'contact')}`
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
