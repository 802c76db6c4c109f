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
      'Votes as a runner of the configuration, from this machine, until SIGTERM or Ctrl-C. What it votes on ' +
        'it reads from the plan in the homes: a new plan needs no restart. Half-open probes and pings need ' +
        'Linux and CAP_NET_RAW. Speaks to systemd (Type=notify, WatchdogSec).',
    )
    .argument('[file]', 'the configuration: it says where the homes are', defaultFile)
    .requiredOption('--name <runner>', 'which runner to be')
    .option('--table <name>', 'the name of the table', 'upquorum')
    .option('--policy', 'print the IAM policy that its host needs, and end')
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
    const known = names.length === 0 ? 'there are none' : suggest(name, names)
    throw new CommandFailure(`there is no runner ${JSON.stringify(name)} in ${file}; ${known}`, 2)
  }
  if (policy) {
    // Nobody is asked for the number of the account: a policy reaches no other unless that one allows it too.
    const account = { partition: partitionOf(runner.region), account: '*' }
    console.log(JSON.stringify(policyOf(voterPermissions(config, runner, table, account)), null, 2))
    return
  }
  if (!runner.selfHosted)
    console.error(styleText('yellow', notSelfHosted(name, file), { stream: process.stderr }))
  // Its secrets are where its policy allows them, whatever region this host is set to.
  process.env.AWS_REGION = runner.region
  await serveRunner({ voter: runner.name, homes, table })
}

function notSelfHosted(name: string, file: string): string {
  return `warning: a deployment of ${file} makes a machine that votes as ${name} too, and only the first ballot of a tick counts; write self_hosted: true`
}
