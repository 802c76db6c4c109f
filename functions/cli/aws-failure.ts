import { cliTimeoutMs } from '../runtime/aws-client.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { sentenceOf } from './errors.ts'

/** What an error of an AWS client means to whoever called the command. */
export function awsFailure(what: string, error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error
  return new CommandFailure(`${what}: ${wordAwsError(error)}`)
}

/** An error of an AWS client in a sentence: what is wrong and, where it is known, what to do about it. */
export function wordAwsError(error: unknown): string {
  const cause = causeOf(error)
  const { name, code, $metadata } = cause as SdkError
  const sentence = sentenceOf(cause)
  const word = words[name] ?? words[code ?? '']
  if (word !== undefined) return word(sentence)
  if (($metadata?.httpStatusCode ?? 0) >= 500)
    return `AWS itself fails there (${sentence}); try again later, health.aws.amazon.com knows more`
  return sentence
}

/** Whether nothing has answered: a name, a connection, a handshake or the time for them failed. */
export function isUnanswered(error: unknown): boolean {
  const { name, code } = causeOf(error) as SdkError
  return code !== undefined || name === 'TimeoutError'
}

/** Whether whoever answered showed a certificate that leads to no root known here (`openssl verify`, "Diagnostics"). */
export function isUntrusted(error: unknown): boolean {
  return /^(DEPTH_ZERO_)?SELF_SIGNED_CERT|^UNABLE_TO_(GET_ISSUER_CERT|VERIFY_LEAF)|^CERT_UNTRUSTED$/.test(
    (causeOf(error) as SdkError).code ?? '',
  )
}

/** Whether AWS knows no such credentials in the region that was asked, or no such region in the account. */
export function isUnrecognized(error: unknown): boolean {
  return words[(causeOf(error) as SdkError).name] === unrecognized
}

/** Whether a region's name has no address: mistyped, or this machine asks no name server. */
export function isUnknownHost(error: unknown): boolean {
  return (causeOf(error) as SdkError).code === 'ENOTFOUND'
}

/** Whether AWS knows the credentials, and refuses what was asked with them. */
export function isDenied(error: unknown): boolean {
  return words[(causeOf(error) as SdkError).name] === denied
}

/** Whether what was asked for is not there, in the words of DynamoDB and SSM. */
export function isNotFound(error: unknown): boolean {
  return ['ResourceNotFoundException', 'ParameterNotFound'].includes((causeOf(error) as SdkError).name)
}

interface SdkError extends Error {
  /** Of an error below HTTP. */
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** What our own code threw for an error of the SDK names it as its cause. */
function causeOf(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  // Connecting to several addresses fails several times; the first tells it.
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return causeOf(error.errors[0])
  return error.cause instanceof Error && !isAbout(error) ? causeOf(error.cause) : error
}

function isAbout({ name }: Error): boolean {
  return Object.hasOwn(words, name)
}

type Word = (sentence: string) => string

const noCredentials: Word = (sentence) =>
  // The CDK would ask for the code, and again for each of its calls; a session has it once.
  /multi-factor/.test(sentence)
    ? 'the profile asks for a code of multi-factor authentication; begin a session with it first: ' +
      'eval "$(aws configure export-credentials --format env)"'
    : `no AWS credentials to use (${sentence}); set AWS_PROFILE or sign in first`
const unrecognized: Word = () =>
  'AWS does not know these credentials there: they are mistyped or deleted, or the region is not enabled in the account'
const denied: Word = (sentence) => `these credentials may not do that (${sentence})`
const expired: Word = () => 'the AWS credentials have expired; sign in again'
const signature: Word = (sentence) =>
  /expired|not yet current/i.test(sentence)
    ? `AWS refuses the time of the request (${sentence}); set the clock of this machine`
    : 'the secret access key is not that of the access key id; sign in again'
const notEnabled: Word = () => 'the region is not enabled in the account'
const unreachable: Word = (sentence) => `AWS cannot be reached from here (${sentence})`

/**
 * By the names that the services give their errors (the query protocol of SNS has other names for the same than
 * the JSON of DynamoDB and SSM), and by the codes of what fails before a service answers.
 */
const words: Readonly<Record<string, Word>> = {
  CredentialsProviderError: noCredentials,
  TokenProviderError: noCredentials,
  UnrecognizedClientException: unrecognized,
  InvalidClientTokenId: unrecognized,
  ExpiredTokenException: expired,
  ExpiredToken: expired,
  RequestExpired: expired,
  InvalidSignatureException: signature,
  SignatureDoesNotMatch: signature,
  AccessDeniedException: denied,
  AccessDenied: denied,
  AuthorizationError: denied,
  AuthorizationErrorException: denied,
  OptInRequired: notEnabled,
  ResourceNotFoundException: () =>
    'there is no such table: nothing is deployed in that region (npm run deploy), or somebody deleted the table. ' +
    'DynamoDB keeps a backup of a deleted one for 35 days; npm run destroy and then npm run deploy make an empty one',
  TimeoutError: () => `no answer within ${cliTimeoutMs / 1000} s`,
  ENOTFOUND: (sentence) => `there is no such region, or this machine is offline (${sentence})`,
  EAI_AGAIN: (sentence) => `this machine is offline (${sentence})`,
  ECONNREFUSED: unreachable,
  ECONNRESET: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ERR_PROXY_TUNNEL: unreachable,
}
