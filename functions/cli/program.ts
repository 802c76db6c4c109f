import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { commands } from './commands.ts'
import { wordCommand, wordProgram } from './wording.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/**
 * The program with its commands.
 *
 * @param isLoaded whether a command is imported, with its arguments and options; the others have a summary only.
 */
export async function createProgram(isLoaded: (name: string) => boolean): Promise<Command> {
  const program = wordProgram(new Command('upquorum'))
    .description('An uptime checker in which regions vote and a quorum decides.')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', '\nStart with "upquorum demo", then "upquorum init" and "upquorum dev".')
  for (const { name, summary, load } of commands) {
    const command = wordCommand(program.command(name)).summary(summary)
    if (isLoaded(name)) (await load()).define(command)
  }
  program
    .command('help [command]')
    .summary('print the help for a command')
    .action((name?: string) => {
      const asked = name === undefined ? program : program.commands.find((command) => command.name() === name)
      if (asked === undefined) return program.error(`error: unknown command '${name}'`)
      return asked.help()
    })
  return program
}
