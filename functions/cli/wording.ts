import type { Command } from 'commander'
import { sayFailure } from './errors.ts'

/** Wider text is hard to read, however wide the terminal is. */
const maxHelpWidth = 100

/** The program's wording, for commander. Commands that a program makes take it over. */
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
    .showHelpAfterError('"upquorum --help" lists the commands')
}

/** After a wrong call of a command, where to look it up. */
export function wordCommand(command: Command): Command {
  return command.showHelpAfterError(`"upquorum ${command.name()} --help" tells how to call it`)
}
