import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { exitCodeOf, watchForTheUnexpected } from './errors.ts'
import { wordCommand, wordProgram } from './wording.ts'

interface Entry {
  readonly name: string
  readonly summary: string
  load(): Promise<{ define(command: Command): void }>
}

const commands: readonly Entry[] = [
  {
    name: 'demo',
    summary: 'watch an outage, from the first failed probe to the alert and the recovery',
    load: () => import('./demo.ts'),
  },
  { name: 'init', summary: 'write a commented starter configuration', load: () => import('./init.ts') },
  {
    name: 'validate',
    summary: 'report every error and warning in a configuration',
    load: () => import('./validate.ts'),
  },
  { name: 'check', summary: 'probe every check once from this machine', load: () => import('./check.ts') },
  {
    name: 'dev',
    summary: 'run your checks on this machine, with every region simulated',
    load: () => import('./dev.ts'),
  },
  {
    name: 'cost',
    summary: 'estimate the monthly AWS cost of a configuration',
    load: () => import('./cost.ts'),
  },
  {
    name: 'apply',
    summary: 'make a configuration the plan of the deployed homes',
    load: () => import('./apply.ts'),
  },
  { name: 'status', summary: 'show the status of every check', load: () => import('./status.ts') },
  {
    name: 'replay',
    summary: 'decide recorded ballots again, optionally with other settings',
    load: () => import('./replay.ts'),
  },
  { name: 'runner', summary: 'vote as a runner from this machine', load: () => import('./runner.ts') },
  {
    name: 'shake',
    summary: 'test whether ports are open without completing a connection',
    load: () => import('./shake.ts'),
  },
  { name: 'alert-test', summary: 'send a test alert to a contact', load: () => import('./alert-test.ts') },
  {
    name: 'schema',
    summary: 'print the JSON Schema of the configuration, for editors',
    load: () => import('./schema.ts'),
  },
]

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

watchForTheUnexpected()
try {
  const program = wordProgram(new Command('upquorum'))
    .description('An uptime checker in which regions vote and a quorum decides.')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', '\nStart with "upquorum demo", then "upquorum init" and "upquorum dev".')
  for (const { name, summary, load } of commands) {
    const command = wordCommand(program.command(name)).summary(summary)
    // Imports are most of the start-up time, so only a command named on the command line is loaded.
    if (process.argv.includes(name)) (await load()).define(command)
  }
  program
    .command('help [command]')
    .summary('print the help for a command')
    .action((name?: string) => {
      const asked = name === undefined ? program : program.commands.find((command) => command.name() === name)
      if (asked === undefined) return program.error(`error: unknown command '${name}'`)
      return asked.help()
    })
  await program.parseAsync()
} catch (error) {
  process.exitCode = exitCodeOf(error)
}
