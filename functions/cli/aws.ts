import { sentenceOf } from './ending.ts'
import { CommandFailure } from './failure.ts'

const patienceMs = 5_000

/** How a command calls AWS: somebody sits there and waits, so silence is told within seconds. */
export function impatiently(region: string) {
  return {
    region,
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: patienceMs,
      requestTimeout: patienceMs,
      throwOnRequestTimeout: true,
    },
  }
}

/** What an error of an AWS client means to whoever called the command. */
export function awsFailure(what: string, error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error
  return new CommandFailure(`${what}: ${meaning(error)}`)
}

function meaning(error: unknown): string {
  // What publishing throws says the name of the error first; whoever reads this needs the sentence only.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const sentence = sentenceOf(cause)
  switch (cause instanceof Error ? cause.name : '') {
    case 'CredentialsProviderError':
      return `no AWS credentials to use (${sentence}); set AWS_PROFILE or sign in first`
    case 'TimeoutError':
      return `no answer within ${patienceMs / 1000} s`
    default:
      return sentence
  }
}
