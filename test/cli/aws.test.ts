import { describe, expect, test } from 'vitest'
import { awsFailure } from '../../functions/cli/aws.ts'
import { CommandFailure } from '../../functions/cli/failure.ts'
import { PublishError } from '../../shared/alerts/publish.ts'
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
      stderr: `${unable[command]}: no AWS credentials to use (Could not load credentials from any providers); set AWS_PROFILE or sign in first\n`,
    })
    expect(server.accepted()).toBeGreaterThan(0)
    await server.close()
  }, 10_000)

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
      stderr: `${unable[command]}: connect ECONNREFUSED ${host}:${port}\n`,
    })
  })
})

const named = (name: string, message: string) => Object.assign(new Error(message), { name })
test.each<[error: unknown, message: string]>([
  [named('ResourceNotFoundException', 'Requested resource not found'), 'Requested resource not found'],
  [named('TimeoutError', 'the SDK speaks of itself'), 'no answer within 5 s'],
  [new PublishError(named('NotFoundException', 'Topic does not exist')), 'Topic does not exist'],
])('%s is told as what it means', (error, message) => {
  expect(awsFailure('not done', error)).toEqual(new CommandFailure(`not done: ${message}`))
})

test('a failure that has been worded already stays as it is', () => {
  const failure = new CommandFailure('there is no topic')
  expect(awsFailure('not done', failure)).toBe(failure)
})
