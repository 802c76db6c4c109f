import type { Command } from 'commander'
import { suggest } from '../../shared/config/nearest.ts'
import { serveRunner } from '../runtime/serve-runner.ts'
import { defaultFile, readConfig } from './configuration.ts'
import { CommandFailure } from './failure.ts'

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
    .action(run)
}

async function run(file: string, { name, table }: { readonly name: string; readonly table: string }) {
  const { runners, homes } = readConfig(file)
  const runner = runners.find((one) => one.name === name)
  if (runner === undefined) {
    const names = runners.map((one) => one.name)
    const known = names.length === 0 ? 'there are none' : suggest(name, names)
    throw new CommandFailure(`there is no runner ${JSON.stringify(name)} in ${file}; ${known}`, 2)
  }
  await serveRunner({ voter: runner.name, homes, table })
}
