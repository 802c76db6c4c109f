import { styleText } from 'node:util'
import { CommanderError } from 'commander'
import { escapeForTerminal } from '../../shared/text/escape.ts'
import { CommandFailure } from '../terminal/failure.ts'

/** Prints an error unless commander already has. Returns the exit code. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof CommandFailure) {
    sayFailure(error.message)
    return error.exitCode
  }
  sayFailure(sentenceOf(error))
  return 1
}

/** Prints an error on stderr, in red on a terminal. */
export function sayFailure(text: string): void {
  process.stderr.write(`${styleText('red', text, { stream: process.stderr })}\n`)
}

/** Words an error and its cause in one line. An aggregate, as of connection attempts, is worded as its first error. */
export function sentenceOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return sentenceOf(error.errors[0])
  if (!(error instanceof Error)) return escapeForTerminal(String(error))
  const message = escapeForTerminal((error.message || error.name).replaceAll(/\s*\n\s*/g, ' '))
  const cause = error.cause instanceof Error ? sentenceOf(error.cause) : ''
  return message.includes(cause) ? message : `${message}: ${cause}`
}

/** Ends the process with a sentence instead of a stack trace on an uncaught error, as from a library's callback. */
export function watchForTheUnexpected(): void {
  process.on('uncaughtException', (error) => process.exit(exitCodeOf(error)))
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that stops early (`| head`) is not a failure.
    if (error.code === 'EPIPE') process.exit()
    sayFailure(`cannot write to stdout: ${sentenceOf(error)}`)
    process.exit(1)
  })
  // If stderr is closed, the exit code still reports the failure.
  process.stderr.on('error', () => {})
}
