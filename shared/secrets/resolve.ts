import type { Clock } from '../clock.ts'
import { parseReference, type SecretReference } from './reference.ts'

export interface SecretSources {
  readonly clock: Clock
  /** Reads one environment variable; absent where `env:` is not meant to work. */
  env?(name: string): string | undefined
  /** Where to find SSM and Secrets Manager; the SDK's own choice when absent. */
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  /** How long one attempt to read from them may take; 3 s when absent. */
  readonly attemptMs?: number | undefined
}

/** A changed secret takes effect within this time. */
const keptMs = 5 * 60_000

/**
 * Gives the text behind a secret's reference; any other text is returned as it is. What was read is kept
 * for five minutes, a failure is not. Throws when a secret cannot be read, naming the reference and
 * never a value.
 */
export function createSecrets(sources: SecretSources): (text: string) => Promise<string> {
  const { clock } = sources
  const read = createReader(sources)
  const kept = new Map<string, { readonly untilMs: number; readonly value: Promise<string> }>()

  return (text) => {
    const reference = parseReference(text)
    if (reference === undefined) return Promise.resolve(text)
    if (reference === 'malformed') return Promise.reject(new Error('a reference to a secret is malformed'))
    const known = kept.get(text)
    if (known !== undefined && clock.monotonic() < known.untilMs) return known.value
    const value = read(reference).catch((error: unknown) => {
      if (kept.get(text)?.value === value) kept.delete(text)
      throw new Error(`the secret ${text} cannot be read: ${whyNot(error)}`)
    })
    kept.set(text, { untilMs: clock.monotonic() + keptMs, value })
    return value
  }
}

/** Why a secret cannot be read, in words that are safe to show. */
class SecretError extends Error {}

type Reader = (name: string) => Promise<string>

function createReader(sources: SecretSources): (reference: SecretReference) => Promise<string> {
  const settings = patiently(sources)
  const readParameter = opened(() => openParameters(settings))
  const readSecret = opened(() => openSecrets(settings))
  return async (reference) => {
    switch (reference.store) {
      case 'env': {
        if (sources.env === undefined) throw new SecretError('this voter has no env: secrets')
        const value = sources.env(reference.name)
        if (value === undefined) throw new SecretError('the environment variable is not set')
        return value
      }
      case 'ssm':
        return readParameter(reference.name)
      case 'secretsmanager': {
        const whole = await readSecret(reference.name)
        return reference.key === undefined ? whole : member(whole, reference.key)
      }
    }
  }
}

const attempts = 2

/**
 * How a store of secrets is asked. The SDK by itself waits for an answer for ever; these attempts and the pause
 * between them are over before the usual timeout of a check (10 s), so that its abstention names the secret. A store
 * that throttles is asked more slowly, and retries are paid for out of the client's bucket of tokens.
 */
function patiently({ region, endpoint, attemptMs = 3_000 }: SecretSources) {
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: attempts,
    retryMode: 'adaptive',
    requestHandler: {
      connectionTimeout: attemptMs,
      requestTimeout: attemptMs,
      throwOnRequestTimeout: true,
    },
  }
}

type Settings = ReturnType<typeof patiently>

/** Opens a store at its first use and keeps it: most voters have no secrets, and importing costs every cold start. */
function opened(open: () => Promise<Reader>): Reader {
  let reader: Promise<Reader> | undefined
  return async (name) => {
    reader ??= open()
    return (await reader)(name)
  }
}

async function openParameters(settings: Settings): Promise<Reader> {
  const { SSMClient, GetParameterCommand } = await import('@aws-sdk/client-ssm')
  const client = new SSMClient(settings)
  return async (name) => {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }))
    if (Parameter?.Value === undefined) throw new SecretError('it is empty')
    return Parameter.Value
  }
}

async function openSecrets(settings: Settings): Promise<Reader> {
  const { SecretsManagerClient, GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager')
  const client = new SecretsManagerClient(settings)
  return async (name) => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }))
    if (SecretString === undefined) throw new SecretError('it is binary')
    return SecretString
  }
}

function member(json: string, key: string): string {
  let value: unknown
  try {
    value = (JSON.parse(json) as Record<string, unknown> | null)?.[key]
  } catch {
    // JSON.parse quotes the text it could not read: that message must not get out.
    throw new SecretError('it is no JSON')
  }
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new SecretError('its JSON has no such key')
}

/** An SDK's error may repeat what it was sent or received; its name, or the system's word for it, says enough. */
function whyNot(error: unknown): string {
  if (error instanceof SecretError) return error.message
  if (!(error instanceof Error)) return 'unknown error'
  if (error.name === 'TimeoutError') return 'no answer in time'
  if (error.name === 'CredentialsProviderError') return `no AWS credentials to use (${error.name})`
  // The SDK gives this one neither a name nor a code.
  if (error.message === 'Region is missing') return 'no AWS region is set, as in AWS_REGION'
  const { code, name } = error as Error & { readonly code?: unknown }
  return typeof code === 'string' ? code : name
}
