import { marshall } from '@aws-sdk/util-dynamodb'
import { describe, expect, test } from 'vitest'
import { awsFailure } from '../../functions/cli/aws-failure.ts'
import { CommandFailure } from '../../functions/terminal/failure.ts'
import { PublishError } from '../../shared/alerts/publish.ts'
import { parseConfig } from '../../shared/config/parse.ts'
import { deploymentOf } from '../../shared/plan/deployment.ts'
import { type AwsAnswer, startAws } from '../fixtures/aws.ts'
import { refusingAddress, silent, start } from '../fixtures/servers.ts'
import { testFolder } from './folder.ts'
import { run } from './program.ts'

const { path: cwd, write } = testFolder()
const file = write(
  'aws.yaml',
  `regions: [us-east-1, eu-west-1, eu-north-1]
contacts: { ops: { email: ops@example.com } }
checks: [{ name: web, tcp: { address: 'a.example:80' }, alerts: [ops] }]
`,
)
const commands = {
  'alert-test': ['alert-test', 'ops', file],
  status: ['status', '--region', 'us-east-1'],
  apply: ['apply', file],
}
const unable = {
  'alert-test': 'the test could not be sent to ops',
  status: 'cannot read the table upquorum in us-east-1',
}

describe.concurrent.each(['alert-test', 'status'] as const)('%s', (command) => {
  test('without credentials does not wait for an instance metadata service that keeps silent', async () => {
    const server = await start(silent)
    const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://${server.address}` }
    expect(await run(commands[command], { cwd, env })).toEqual({
      code: 1,
      stdout: '',
      stderr: `${unable[command]}: no AWS credentials found (Could not load credentials from any providers); set AWS_PROFILE or sign in first\n`,
    })
    expect(server.accepted()).toBeGreaterThan(0)
    await server.close()
  }, 60_000)

  test('says so when AWS cannot be reached', async () => {
    const { host, port } = await refusingAddress()
    const env = {
      AWS_ENDPOINT_URL: `http://${host}:${port}`,
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
    }
    expect(await run(commands[command], { cwd, env })).toEqual({
      code: 1,
      stdout: '',
      stderr: `${unable[command]}: AWS cannot be reached from here (connect ECONNREFUSED ${host}:${port})\n`,
    })
  })
})

const ways = {
  'alert-test': 'sns',
  status: 'dynamodb',
  apply: 'dynamodb',
} as const

describe.concurrent('what AWS answers is told as what it means:', () => {
  const credentials = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' }
  const ofTable = unable.status
  const ofPlan = 'us-east-1 cannot take the plan, so nothing was applied'
  const ofTest = unable['alert-test']
  const refused = 'User: arn:aws:iam::123456789012:user/me is not authorized to perform: dynamodb:GetItem'
  const noTable =
    'the table does not exist: nothing is deployed in that region (npm run deploy), or the table was deleted. DynamoDB keeps a backup of a deleted table for 35 days; npm run destroy, then npm run deploy, creates an empty one'
  const unknown =
    'AWS does not recognize these credentials: they are mistyped or deleted, or the region is not enabled in the account'

  test.each<[command: keyof typeof ways, answer: AwsAnswer, told: string]>([
    ['status', { error: 'UnrecognizedClientException' }, `${ofTable}: ${unknown}`],
    ['alert-test', { error: 'InvalidClientTokenId' }, `${ofTest}: ${unknown}`],
    [
      'status',
      { error: 'ExpiredTokenException' },
      `${ofTable}: the AWS credentials have expired; sign in again`,
    ],
    ['alert-test', { error: 'ExpiredToken' }, `${ofTest}: the AWS credentials have expired; sign in again`],
    [
      'status',
      { error: 'InvalidSignatureException', message: 'Signature expired: 1 is now earlier than 2' },
      `${ofTable}: AWS rejects the time of the request (Signature expired: 1 is now earlier than 2); correct this machine's clock`,
    ],
    [
      'alert-test',
      { error: 'SignatureDoesNotMatch', message: 'The request signature we calculated does not match' },
      `${ofTest}: the secret access key does not match the access key id; sign in again`,
    ],
    [
      'apply',
      { error: 'AccessDeniedException', message: refused },
      `${ofPlan}: these credentials are not allowed to do that (${refused})`,
    ],
    [
      'status',
      { error: 'ResourceNotFoundException', message: 'Requested resource not found' },
      `${ofTable}: ${noTable}`,
    ],
    [
      'apply',
      { error: 'ResourceNotFoundException', message: 'Requested resource not found' },
      `${ofPlan}: ${noTable}`,
    ],
    [
      'apply',
      { error: 'InternalServerError', message: 'Internal server error', status: 500 },
      `${ofPlan}: AWS itself failed there (Internal server error); try again later, or see health.aws.amazon.com`,
    ],
    [
      'alert-test',
      { xml: '<ListTopicsResponse><ListTopicsResult><Topics/></ListTopicsResult></ListTopicsResponse>' },
      'the topic upquorum-ops does not exist in this account in us-east-1; deploy first: npm run deploy',
    ],
  ])('%s, %j', async (command, answer, told) => {
    const server = await startAws(() => answer)
    const outcome = await run(commands[command], {
      cwd,
      env: { ...credentials, AWS_ENDPOINT_URL: server.url },
    })
    expect(outcome).toEqual({ code: 1, stdout: '', stderr: `${told}\n` })
    expect(server.asked[0]).toMatchObject({ service: ways[command], region: 'us-east-1' })
    await server.close()
  })
})

// Node 24.0, the only version on npm for Apple silicon, does not support proxies.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const knowsProxies = major > 24 || minor >= 5
test.skipIf(!knowsProxies)('AWS is asked through HTTPS_PROXY (needs Node 24.5)', async () => {
  const tunnels: string[] = []
  const proxy = await start((socket) => {
    socket.once('data', (request) => {
      tunnels.push(String(request).split('\r\n')[0]!)
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    })
  })
  const env = {
    HTTPS_PROXY: `http://${proxy.address}`,
    AWS_ENDPOINT_URL: 'https://dynamodb.example.invalid',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
  }
  expect(await run(commands.status, { cwd, env })).toEqual({
    code: 1,
    stdout: '',
    stderr: `${unable.status}: AWS cannot be reached from here (Failed to establish tunnel to dynamodb.example.invalid:443 via http://${proxy.address}: HTTP/1.1 407 Proxy Authentication Required)\n`,
  })
  expect(tunnels).toContain('CONNECT dynamodb.example.invalid:443 HTTP/1.1')
  await proxy.close()
})

test('apply writes to no home while another one cannot be read', async () => {
  const text = `regions: [us-east-1, eu-west-1]
homes: [us-east-1, eu-west-1]
checks: [{ name: web, tcp: { address: 'a.example:80' } }]
`
  const deployed = marshall(await deploymentOf(parseConfig(text, 'homes.yaml').config!))
  const server = await startAws(({ region, body }) => {
    if (region === 'eu-west-1') return { error: 'ExpiredTokenException' }
    return { body: body.includes('DEPLOYED') ? { Item: deployed } : {} }
  })
  const env = { AWS_ENDPOINT_URL: server.url, AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' }
  expect(await run(['apply', write('homes.yaml', text)], { cwd, env })).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /eu-west-1 cannot take the plan, so nothing was applied: the AWS credentials have expired; sign in again\n$/,
    ),
  })
  expect(server.asked.map(({ region, action }) => `${region} ${action}`)).toEqual([
    'us-east-1 GetItem',
    'us-east-1 GetItem',
    'eu-west-1 GetItem',
  ])
  await server.close()
})

const named = (name: string, message: string) => Object.assign(new Error(message), { name })
const coded = (code: string, message: string) => Object.assign(new Error(message), { code })
test.each<[error: unknown, message: string]>([
  [
    named(
      'CredentialsProviderError',
      'Profile me requires multi-factor authentication, but no MFA code callback was provided.',
    ),
    'the profile requires a multi-factor authentication code; start a session with it first: eval "$(aws configure export-credentials --format env)"',
  ],
  [
    named('TokenProviderError', 'The SSO session has expired'),
    'no AWS credentials found (The SSO session has expired); set AWS_PROFILE or sign in first',
  ],
  [named('TimeoutError', 'the SDK speaks of itself'), 'no answer within 5 s'],
  [new PublishError(named('NotFoundException', 'Topic does not exist')), 'Topic does not exist'],
  [
    coded('ENOTFOUND', 'getaddrinfo ENOTFOUND dynamodb.us-east-9.amazonaws.com'),
    'the region does not exist, or this machine is offline (getaddrinfo ENOTFOUND dynamodb.us-east-9.amazonaws.com)',
  ],
  [
    coded('EAI_AGAIN', 'getaddrinfo EAI_AGAIN dynamodb.us-east-1.amazonaws.com'),
    'this machine is offline (getaddrinfo EAI_AGAIN dynamodb.us-east-1.amazonaws.com)',
  ],
  [
    new AggregateError([coded('ENETUNREACH', 'connect ENETUNREACH 192.0.2.1:443'), new Error('another')]),
    'AWS cannot be reached from here (connect ENETUNREACH 192.0.2.1:443)',
  ],
])('%s is told as what it means', (error, message) => {
  expect(awsFailure('not done', error)).toEqual(new CommandFailure(`not done: ${message}`))
})

test('a failure that has been worded already stays as it is', () => {
  const failure = new CommandFailure('there is no topic')
  expect(awsFailure('not done', failure)).toBe(failure)
})
