import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createSecrets } from '../../shared/secrets/resolve.ts'
import { manualClock } from '../fixtures/clock.ts'
import { refusingAddress } from '../fixtures/servers.ts'

test('a text that is no reference is returned as it is', async () => {
  const secret = createSecrets({ clock: manualClock(0) })
  expect(await secret('hunter2')).toBe('hunter2')
})

describe('env:', () => {
  test('reads the variable', async () => {
    const secret = createSecrets({ clock: manualClock(0), env: (name) => `value of ${name}` })
    expect(await secret('env:TOKEN')).toBe('value of TOKEN')
  })

  test.each([
    [
      'not set',
      { env: () => undefined },
      'the secret env:TOKEN cannot be read: the environment variable is not set',
    ],
    ['where a voter has none', {}, 'the secret env:TOKEN cannot be read: this voter has no env: secrets'],
  ])('%s, it says so', async (_, sources, message) => {
    const secret = createSecrets({ clock: manualClock(0), ...sources })
    await expect(secret('env:TOKEN')).rejects.toThrow(new Error(message))
  })

  test('a value is kept for five minutes', async () => {
    const clock = manualClock(0)
    const env = vi.fn(() => 'x')
    const secret = createSecrets({ clock, env })
    await secret('env:TOKEN')
    clock.advance(299_999)
    await secret('env:TOKEN')
    expect(env).toHaveBeenCalledTimes(1)
    clock.advance(1)
    await secret('env:TOKEN')
    expect(env).toHaveBeenCalledTimes(2)
  })

  test('a failure is not kept', async () => {
    const env = vi.fn<(name: string) => string | undefined>(() => undefined)
    const secret = createSecrets({ clock: manualClock(0), env })
    await expect(secret('env:TOKEN')).rejects.toThrow()
    env.mockReturnValue('there now')
    expect(await secret('env:TOKEN')).toBe('there now')
  })
})

test('a malformed reference is an error that does not repeat the text, which may be a secret after all', async () => {
  const secret = createSecrets({ clock: manualClock(0) })
  await expect(secret('env:p@ss')).rejects.toThrow(new Error('a reference to a secret is malformed'))
})

/** The answers of the two services, keyed by operation and requested name. */
const answers: Readonly<Record<string, object>> = {
  'GetParameter /prod/token': { Parameter: { Value: 'from ssm' } },
  'GetSecretValue plain': { SecretString: 'from secrets manager' },
  'GetSecretValue login': { SecretString: '{"password":"p4ss","pin":42,"deep":{}}' },
  'GetSecretValue binary': { SecretBinary: 'AAEC' },
}

/** @param mishap what happens to the n-th request, counted from 1, instead of an answer. */
async function startService(mishap: (nth: number) => 'silence' | 'throttling' | undefined = () => undefined) {
  let requests = 0
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      requests += 1
      const type = { 'content-type': 'application/x-amz-json-1.1' }
      const happens = mishap(requests)
      if (happens === 'silence') return
      if (happens === 'throttling') {
        response.writeHead(400, type)
        response.end(JSON.stringify({ __type: 'ThrottlingException', message: 'slow down' }))
        return
      }
      const operation = String(request.headers['x-amz-target']).split('.')[1]
      const { Name, SecretId } = JSON.parse(body) as { Name?: string; SecretId?: string }
      const answer = answers[`${operation} ${Name ?? SecretId}`]
      response.writeHead(answer === undefined ? 400 : 200, type)
      response.end(JSON.stringify(answer ?? { __type: 'ParameterNotFound', message: 'top secret 1234' }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { endpoint: `http://127.0.0.1:${port}`, requests: () => requests }
}

async function readAll(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

describe('the real SDK clients, speaking to a service on loopback', () => {
  beforeEach(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  test.each([
    ['ssm:/prod/token', 'from ssm'],
    ['secretsmanager:plain', 'from secrets manager'],
    ['secretsmanager:login#password', 'p4ss'],
    ['secretsmanager:login#pin', '42'],
  ])('%s is read', async (reference, value) => {
    const { endpoint } = await startService()
    const secret = createSecrets({ clock: manualClock(0), region: 'us-east-1', endpoint })
    expect(await secret(reference)).toBe(value)
  })

  test('two checks that need one secret at once ask once', async () => {
    const { endpoint, requests } = await startService()
    const secret = createSecrets({ clock: manualClock(0), region: 'us-east-1', endpoint })
    expect(await Promise.all([secret('ssm:/prod/token'), secret('ssm:/prod/token')])).toEqual([
      'from ssm',
      'from ssm',
    ])
    expect(requests()).toBe(1)
  })

  test.each([
    ['ssm:/none', 'the secret ssm:/none cannot be read: ParameterNotFound'],
    ['secretsmanager:binary', 'the secret secretsmanager:binary cannot be read: it is binary'],
    ['secretsmanager:plain#key', 'the secret secretsmanager:plain#key cannot be read: it is not JSON'],
    [
      'secretsmanager:login#user',
      'the secret secretsmanager:login#user cannot be read: its JSON has no such key',
    ],
    [
      'secretsmanager:login#deep',
      'the secret secretsmanager:login#deep cannot be read: its JSON has no such key',
    ],
  ])(
    '%s cannot be read, and the error shows nothing of what the service said',
    async (reference, message) => {
      const { endpoint } = await startService()
      const secret = createSecrets({ clock: manualClock(0), region: 'us-east-1', endpoint })
      await expect(secret(reference)).rejects.toThrow(new Error(message))
    },
  )

  describe.each([
    ['ssm:/prod/token', 'from ssm'],
    ['secretsmanager:plain', 'from secrets manager'],
  ])('%s, from a store', (reference, value) => {
    const asked = (endpoint: string) =>
      createSecrets({ clock: manualClock(0), region: 'us-east-1', endpoint, attemptMs: 100 })(reference)

    test('that never answers, is given up after two attempts', async () => {
      const { endpoint, requests } = await startService(() => 'silence')
      await expect(asked(endpoint)).rejects.toThrow(
        new Error(`the secret ${reference} cannot be read: no answer in time`),
      )
      expect(requests()).toBe(2)
    })

    test('that keeps silent once, is read', async () => {
      const { endpoint, requests } = await startService((nth) => (nth === 1 ? 'silence' : undefined))
      expect(await asked(endpoint)).toBe(value)
      expect(requests()).toBe(2)
    })

    test('that is not there, cannot be read', async () => {
      const { host, port } = await refusingAddress()
      await expect(asked(`http://${host}:${port}`)).rejects.toThrow(
        new Error(`the secret ${reference} cannot be read: ECONNREFUSED`),
      )
    })
  })

  describe('where the machine is not set up for AWS', () => {
    beforeEach(() => {
      // No credentials may come from the environment, files or the machine that runs the tests.
      for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION', 'AWS_PROFILE'])
        vi.stubEnv(name, undefined)
      vi.stubEnv('AWS_CONFIG_FILE', '/dev/null')
      vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null')
      vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
    })

    test.each<[lacks: string, sources: { region?: string }, why: string]>([
      ['a region', {}, 'no AWS region is set, as in AWS_REGION'],
      ['credentials', { region: 'us-east-1' }, 'no AWS credentials to use (CredentialsProviderError)'],
    ])('the error says that it lacks %s', async (_, sources, why) => {
      const { endpoint, requests } = await startService()
      const secret = createSecrets({ clock: manualClock(0), ...sources, endpoint })
      for (const reference of ['ssm:/prod/token', 'secretsmanager:plain'])
        await expect(secret(reference)).rejects.toThrow(
          new Error(`the secret ${reference} cannot be read: ${why}`),
        )
      expect(requests()).toBe(0)
    })
  })

  test('a store that throttles is asked again, more slowly', async () => {
    const { endpoint, requests } = await startService((nth) => (nth === 1 ? 'throttling' : undefined))
    const secret = createSecrets({ clock: manualClock(0), region: 'us-east-1', endpoint })
    expect(await secret('ssm:/prod/token')).toBe('from ssm')
    expect(requests()).toBe(2)
  })

  test('a store that was silent is asked again, and read when it has recovered', async () => {
    const { endpoint } = await startService((nth) => (nth <= 2 ? 'silence' : undefined))
    const secret = createSecrets({ clock: manualClock(0), region: 'us-east-1', endpoint, attemptMs: 100 })
    await expect(secret('ssm:/prod/token')).rejects.toThrow('no answer in time')
    expect(await secret('ssm:/prod/token')).toBe('from ssm')
  })
})
