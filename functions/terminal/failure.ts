/** What a command says when it cannot do its work: one clear text on stderr, no stack trace. */
export class CommandFailure extends Error {
  /** 1: it did not work out; 2: it was called wrongly. */
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2 = 1, options: ErrorOptions = {}) {
    super(message, options)
    this.name = 'CommandFailure'
    this.exitCode = exitCode
  }
}
