import { expect, test } from 'vitest'
import { testFolder } from './folder.ts'
import { run, start } from './program.ts'

const folder = testFolder()
const file = folder.write(
  'upquorum.yaml',
  `regions: [us-east-1, eu-west-1]
homes: [us-east-1, eu-west-1]
runners: { rack-7: { region: eu-west-1, self_hosted: true }, lab-1: { region: us-east-1 } }
checks:
  - { name: port, half_open: { address: 'example.com:443' } }
  - { name: mine, http: { url: 'https://example.com/', bearer: 'ssm:/example/token' }, from: rack-7 }
  - { name: theirs, http: { url: 'https://example.com/', bearer: 'ssm:/other/token' }, confirmations: 2 }
`,
)

test('prints the policy that its host needs: plans, ballots and the secrets of its own checks', async () => {
  const { code, stdout } = await run(['runner', file, '--name', 'rack-7', '--policy'], { cwd: folder.path })
  expect(code).toBe(0)
  const tables = ['us-east-1', 'eu-west-1'].map((home) => `arn:aws:dynamodb:${home}:*:table/upquorum`)
  expect(JSON.parse(stdout)).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['dynamodb:GetItem'],
        Resource: tables,
        Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['PLAN'] } },
      },
      {
        Effect: 'Allow',
        Action: ['dynamodb:PutItem'],
        Resource: tables,
        Condition: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['SHARD#*'] },
          'ForAllValues:StringEquals': {
            'dynamodb:Attributes': ['pk', 'sk', 'plan', 'ms', 'failed', 'method', 'expires'],
          },
          StringEqualsIfExists: { 'dynamodb:ReturnValues': 'NONE' },
        },
      },
      {
        Effect: 'Allow',
        Action: ['ssm:GetParameter'],
        Resource: ['arn:aws:ssm:eu-west-1:*:parameter/example/token'],
      },
    ],
  })
})

test.each([
  ['rack-7', ''],
  [
    'lab-1',
    `warning: deploying ${file} also creates a machine that votes as lab-1, and only the first ballot of a tick counts; set self_hosted: true\n`,
  ],
])('as %s warns of a machine beside it: %j', async (name, warning) => {
  const { process, prints, ended } = start(['runner', file, '--name', name], {
    cwd: folder.path,
    env: { AWS_EC2_METADATA_DISABLED: 'true' },
  })
  await prints(/has started/)
  process.kill('SIGTERM')
  const { stderr } = await ended
  const own = stderr.split('\n').filter((line) => line.startsWith('warning: '))
  expect(own.map((line) => `${line}\n`).join('')).toBe(warning)
})
