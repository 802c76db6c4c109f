import { cliTimeoutMs } from '../runtime/aws-client.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { sentenceOf } from './errors.ts'

/** Turns an error of an AWS client into a command failure; `what` says what was attempted. */
export function awsFailure(what: string, error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error
  return new CommandFailure(`${what}: ${wordAwsError(error)}`)
}

/** Words an AWS client's error in one sentence: what is wrong and, where known, how to fix it. */
export function wordAwsError(error: unknown): string {
  const cause = causeOf(error)
  const { name, code, $metadata } = cause as SdkError
  const sentence = sentenceOf(cause)
  const word = words[name] ?? words[code ?? '']
  if (word !== undefined) return word(sentence)
  if (($metadata?.httpStatusCode ?? 0) >= 500)
    return `AWS itself failed there (${sentence}); try again later, or see health.aws.amazon.com`
  return sentence
}

/** Whether no service answered: name resolution, the connection or the handshake failed or timed out. */
export function isUnanswered(error: unknown): boolean {
  const { name, code } = causeOf(error) as SdkError
  return code !== undefined || name === 'TimeoutError'
}

/** Whether the peer's certificate chains to no root trusted here (`openssl verify`, "Diagnostics"). */
export function isUntrusted(error: unknown): boolean {
  return /^(DEPTH_ZERO_)?SELF_SIGNED_CERT|^UNABLE_TO_(GET_ISSUER_CERT|VERIFY_LEAF)|^CERT_UNTRUSTED$/.test(
    (causeOf(error) as SdkError).code ?? '',
  )
}

/** Whether AWS rejects the credentials as unknown, as it also does in a region not enabled in the account. */
export function isUnrecognized(error: unknown): boolean {
  return words[(causeOf(error) as SdkError).name] === unrecognized
}

/** Whether a region's endpoint has no address: the region is mistyped, or this machine has no working resolver. */
export function isUnknownHost(error: unknown): boolean {
  return (causeOf(error) as SdkError).code === 'ENOTFOUND'
}

/** Whether AWS knows the credentials but denies them the action. */
export function isDenied(error: unknown): boolean {
  return words[(causeOf(error) as SdkError).name] === denied
}

/** Whether the table or parameter does not exist (DynamoDB, SSM). */
export function isNotFound(error: unknown): boolean {
  return ['ResourceNotFoundException', 'ParameterNotFound'].includes((causeOf(error) as SdkError).name)
}

interface SdkError extends Error {
  /** Set for errors below HTTP, such as ECONNREFUSED. */
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** Finds the SDK's error behind an error of our own code, which carries it as its cause. */
function causeOf(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  // Connecting to several addresses fails once per address; the first error is enough.
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return causeOf(error.errors[0])
  return error.cause instanceof Error && !isWorded(error) ? causeOf(error.cause) : error
}

function isWorded({ name }: Error): boolean {
  return Object.hasOwn(words, name)
}

type Word = (sentence: string) => string

const noCredentials: Word = (sentence) =>
  // The CDK would ask for the code in each of its calls; a session asks once.
  /multi-factor/.test(sentence)
    ? 'the profile requires a multi-factor authentication code; start a session with it first: ' +
      'eval "$(aws configure export-credentials --format env)"'
    : `no AWS credentials found (${sentence}); set AWS_PROFILE or sign in first`
const unrecognized: Word = () =>
  'AWS does not recognize these credentials: they are mistyped or deleted, or the region is not enabled in the account'
const denied: Word = (sentence) => `these credentials are not allowed to do that (${sentence})`
const expired: Word = () => 'the AWS credentials have expired; sign in again'
const signature: Word = (sentence) =>
  /expired|not yet current/i.test(sentence)
    ? `AWS rejects the time of the request (${sentence}); correct this machine's clock`
    : 'the secret access key does not match the access key id; sign in again'
const notEnabled: Word = () => 'the region is not enabled in the account'
const unreachable: Word = (sentence) => `AWS cannot be reached from here (${sentence})`

/**
 * Keyed by error name and, for failures before a service answers, by error code. The Query protocol of SNS uses other
 * names than the JSON protocols of DynamoDB and SSM for the same errors.
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
    'the table does not exist: nothing is deployed in that region (npm run deploy), or the table was deleted. ' +
    'DynamoDB keeps a backup of a deleted table for 35 days; npm run destroy, then npm run deploy, creates an empty one',
  TimeoutError: () => `no answer within ${cliTimeoutMs / 1000} s`,
  ENOTFOUND: (sentence) => `the region does not exist, or this machine is offline (${sentence})`,
  EAI_AGAIN: (sentence) => `this machine is offline (${sentence})`,
  ECONNREFUSED: unreachable,
  ECONNRESET: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ERR_PROXY_TUNNEL: unreachable,
}
