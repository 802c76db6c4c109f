import { readFileSync } from 'node:fs'
import { styleText } from 'node:util'
import { Command, CommanderError } from 'commander'
import { registerAlertTest } from './alert-test.ts'
import { registerCheck } from './check.ts'
import { registerDemo } from './demo.ts'
import { registerDev } from './dev.ts'
import { CommandFailure } from './failure.ts'
import { registerInit } from './init.ts'
import { registerReplay } from './replay.ts'
import { registerSchema } from './schema.ts'
import { registerStatus } from './status.ts'
import { registerValidate } from './validate.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const program = new Command('upquorum')
  .description('An uptime checker in which regions vote and a quorum decides.')
  .version(version)
  .showHelpAfterError('(--help tells how to call it)')
  .exitOverride()

for (const register of [
  registerInit,
  registerValidate,
  registerCheck,
  registerDev,
  registerDemo,
  registerStatus,
  registerReplay,
  registerAlertTest,
  registerSchema,
]) {
  register(program)
}
// Subcommands take over the settings of the program only where they are made by it; these are.
for (const command of program.commands)
  command.exitOverride().showHelpAfterError('(--help tells how to call it)')

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = exitCodeOf(error)
}

/** Says what went wrong, where commander has not yet: one clear text, never a stack trace. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${styleText('red', message, { stream: process.stderr })}\n`)
  return error instanceof CommandFailure ? error.exitCode : 1
}
