import type { Command } from 'commander'

interface Entry {
  readonly name: string
  readonly summary: string
  /** Imports the command: most of the program's start-up time is what a command imports. */
  load(): Promise<{ define(command: Command): void }>
}

/** Every command, in the order of --help. */
export const commands: readonly Entry[] = [
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
