import { styleText } from 'node:util'
import type { Command } from 'commander'
import { suggest } from '../../shared/config/read/nearest.ts'
import { partitionOf } from '../../shared/config/regions.ts'
import { policyOf, voterPermissions } from '../../shared/plan/permissions.ts'
import { serveRunner } from '../runner/serve-runner.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { defaultFile, readConfig } from './configuration.ts'

export function define(command: Command): void {
  command
    .description(
      'Votes as a runner of the configuration from this machine until SIGTERM or Ctrl-C. Its checks come from the ' +
        'plan in the homes, so a new plan needs no restart. Half-open probes and pings need Linux and ' +
        'CAP_NET_RAW. Supports systemd (Type=notify, WatchdogSec).',
    )
    .argument('[file]', 'the configuration, which names the homes', defaultFile)
    .requiredOption('--name <runner>', 'the runner to vote as')
    .option('--table <name>', 'the name of the table', 'upquorum')
    .option('--policy', 'print the IAM policy that the host needs, and exit')
    .action(run)
}

interface RunnerOptions {
  readonly name: string
  readonly table: string
  readonly policy?: true
}

async function run(file: string, { name, table, policy }: RunnerOptions) {
  const config = readConfig(file)
  const { runners, homes } = config
  const runner = runners.find((one) => one.name === name)
  if (runner === undefined) {
    const names = runners.map((one) => one.name)
    throw new CommandFailure(`unknown runner ${JSON.stringify(name)} in ${file}; ${suggest(name, names)}`, 2)
  }
  if (policy) {
    // Any account, so that its number need not be given: access to another account also needs that account's consent.
    const account = { partition: partitionOf(runner.region), account: '*' }
    console.log(JSON.stringify(policyOf(voterPermissions(config, runner, table, account)), null, 2))
    return
  }
  if (!runner.selfHosted)
    console.error(styleText('yellow', notSelfHosted(name, file), { stream: process.stderr }))
  // Its policy allows secrets in the runner's region only, whatever region this host is set to.
  process.env.AWS_REGION = runner.region
  await serveRunner({ voter: runner.name, homes, table })
}

function notSelfHosted(name: string, file: string): string {
  return `warning: deploying ${file} also creates a machine that votes as ${name}, and only the first ballot of a tick counts; set self_hosted: true`
}
