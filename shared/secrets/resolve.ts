import type { Clock } from '../clock.ts'
import { parseReference, type SecretReference } from './reference.ts'

export interface SecretSources {
  readonly clock: Clock
  /** Reads one environment variable; absent if `env:` must not work. */
  env?(name: string): string | undefined
  /** Region and endpoint of SSM and Secrets Manager; by default the SDK's own choice. */
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  /** Timeout of one attempt to read from them; 3 s by default. */
  readonly attemptMs?: number | undefined
}

/** A changed secret takes effect within this time. */
const keptMs = 5 * 60_000

/**
 * Resolves a reference to its secret; any other text is returned unchanged. Values are cached for five minutes,
 * failures are not. Throws when a secret cannot be read; the message has the reference and never a value.
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

/** An error whose message is safe to show. */
class SecretError extends Error {}

type Reader = (name: string) => Promise<string>

function createReader(sources: SecretSources): (reference: SecretReference) => Promise<string> {
  const settings = clientSettings(sources)
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
 * Settings of a client. By default the SDK waits for an answer for ever; these attempts and the pause between them end
 * before the usual timeout of a check (10 s), so that its abstention names the secret. The adaptive mode slows down for
 * a store that throttles and limits retries by the client's token bucket.
 */
function clientSettings({ region, endpoint, attemptMs = 3_000 }: SecretSources) {
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

type Settings = ReturnType<typeof clientSettings>

/** Opens a store on first use, because most voters have no secrets and an import would slow down every cold start. */
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
    // The message of JSON.parse quotes the text, which must stay secret.
    throw new SecretError('it is not JSON')
  }
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new SecretError('its JSON has no such key')
}

/** The reason without the message of an SDK error, which may repeat what was sent or received. */
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
