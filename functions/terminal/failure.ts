/** Ends a command with a message on stderr and without a stack trace. */
export class CommandFailure extends Error {
  /** 1: the command failed; 2: wrong usage. */
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2 = 1, options: ErrorOptions = {}) {
    super(message, options)
    this.name = 'CommandFailure'
    this.exitCode = exitCode
  }
}
