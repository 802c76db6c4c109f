import type { Command } from 'commander'
import { sayFailure } from './errors.ts'

/** In columns; wider text is hard to read. */
const maxHelpWidth = 100

/** Sets commander's wording for the program; its commands inherit it. */
export function wordProgram(program: Command): Command {
  return program
    .exitOverride()
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .configureHelp({
      helpWidth: Math.min(maxHelpWidth, process.stdout.columns ?? 80),
      subcommandTerm: (command) => command.name(),
    })
    .configureOutput({ outputError: (text) => sayFailure(text.trim().replaceAll('\n', ' ')) })
    .showHelpAfterError('see "upquorum --help" for the commands')
}

/** Makes wrong usage of a command point to its help. */
export function wordCommand(command: Command): Command {
  return command.showHelpAfterError(`see "upquorum ${command.name()} --help" for usage`)
}
