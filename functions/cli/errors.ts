import { styleText } from 'node:util'
import { CommanderError } from 'commander'
import { escapeForTerminal } from '../../shared/text/escape.ts'
import { CommandFailure } from '../terminal/failure.ts'

/** Says what went wrong, where commander has not yet. Returns the exit code. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof CommandFailure) {
    sayFailure(error.message)
    return error.exitCode
  }
  sayFailure(sentenceOf(error))
  return 1
}

/** Red on a terminal. */
export function sayFailure(text: string): void {
  process.stderr.write(`${styleText('red', text, { stream: process.stderr })}\n`)
}

/** An error in one line, with its cause. One that stands for several, as of connecting, is told by the first. */
export function sentenceOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return sentenceOf(error.errors[0])
  if (!(error instanceof Error)) return escapeForTerminal(String(error))
  const message = escapeForTerminal((error.message || error.name).replaceAll(/\s*\n\s*/g, ' '))
  const cause = error.cause instanceof Error ? sentenceOf(error.cause) : ''
  return message.includes(cause) ? message : `${message}: ${cause}`
}

/**
 * What no command has caught, such as a library that throws from a callback, ends the process with a
 * sentence instead of a stack trace.
 */
export function watchForTheUnexpected(): void {
  process.on('uncaughtException', (error) => process.exit(exitCodeOf(error)))
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough (`| head`) is no failure.
    if (error.code === 'EPIPE') process.exit()
    sayFailure(`cannot write to stdout: ${sentenceOf(error)}`)
    process.exit(1)
  })
  // Where nobody listens to complaints, the exit code still tells.
  process.stderr.on('error', () => {})
}
