import { App, Validations } from 'aws-cdk-lib'
import { afterAll, describe, expect, test } from 'vitest'
import { everything, inWords, propertiesOf, statementsOf, synth } from './synth.ts'

// Rules for every stack; the permissions of each role are in the tests of the stacks.

const text = everything
  .replace('defaults:', 'runners: { lab-1: { region: eu-west-1 } }\ndefaults:')
  .concat('  - { name: port, half_open: { address: "lb.example.com:443" } }\n')
let app = new App()
const assembly = synth(text, { tracing: 'true' }, (made) => {
  app = made
})
afterAll(() => assembly.remove())
const stacks = assembly.stacks.map(({ stackName }) => stackName)

interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: unknown
  readonly Action: string | readonly string[]
  readonly Resource?: string | readonly string[]
}

/** The statements of a stack, by role. */
function statementsIn(stack: string, made = assembly): readonly (readonly [role: string, Statement])[] {
  return propertiesOf(made, stack, 'AWS::IAM::Policy')
    .map(
      (properties) => inWords(properties) as { Roles: string[]; PolicyDocument: { Statement: Statement[] } },
    )
    .flatMap(({ Roles, PolicyDocument }) =>
      PolicyDocument.Statement.map((statement) => [Roles.join(), statement] as const),
    )
}

describe.each(stacks)('in %s', (stack) => {
  test('roles have our own statements only: no managed policy, none inside the role', () => {
    const roles = propertiesOf(assembly, stack, 'AWS::IAM::Role')
    expect(roles.length).toBeGreaterThan(0)
    for (const role of roles) {
      expect(role).not.toHaveProperty('ManagedPolicyArns')
      expect(role).not.toHaveProperty('Policies')
    }
    expect(propertiesOf(assembly, stack, 'AWS::IAM::ManagedPolicy')).toEqual([])
  })

  test('nobody may act by wildcard, and nothing is allowed by exception', () => {
    const statements = statementsIn(stack)
    expect(statements.length).toBeGreaterThan(0)
    for (const [, statement] of statements) {
      expect(statement).not.toHaveProperty('NotAction')
      expect(statement).not.toHaveProperty('NotResource')
      expect([statement.Action].flat().filter((action) => action.includes('*'))).toEqual([])
    }
  })
})

test('the Scheduler may call the one function that each of its schedules is for', () => {
  const callers = stacks.flatMap((stack) =>
    propertiesOf(assembly, stack, 'AWS::Scheduler::Schedule').map((properties) => {
      const { Target } = inWords(properties) as { Target: { Arn: string; RoleArn: string } }
      return [stack, Target.Arn, statementsOf(assembly, stack, Target.RoleArn.replace(/\.Arn$/, ''))]
    }),
  )
  const call = (file: string) => [
    { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: `${file}.Arn` },
  ]
  expect(callers).toEqual([
    ['upquorum-home-us-east-1', 'sweep.Arn', call('sweep')],
    ['upquorum-home-us-east-1', 'audit.Arn', call('audit')],
    ['upquorum-probe-eu-west-1', 'schedule.Arn', call('schedule')],
    ['upquorum-probe-us-east-1', 'schedule.Arn', call('schedule')],
  ])
})

test('the Scheduler may take its roles for this account only, other roles are of Lambda and EC2', () => {
  for (const stack of stacks)
    for (const role of propertiesOf(assembly, stack, 'AWS::IAM::Role')) {
      const { Statement } = inWords(role.AssumeRolePolicyDocument) as { Statement: readonly object[] }
      const isScheduled = String(role.Description).startsWith('Lets the Scheduler call')
      const service = isScheduled ? 'scheduler' : stack.includes('runners') ? 'ec2' : 'lambda'
      expect(Statement).toEqual([
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: `${service}.amazonaws.com` },
          ...(isScheduled ? { Condition: { StringEquals: { 'aws:SourceAccount': '<AccountId>' } } } : {}),
        },
      ])
    }
})

test('what is allowed for every resource is what takes no other, traces only for the asking', () => {
  const traces = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments']
  const streams = ['dynamodb:ListStreams']
  const sessions = [
    'ssm:UpdateInstanceInformation',
    'ssmmessages:CreateControlChannel',
    'ssmmessages:CreateDataChannel',
    'ssmmessages:OpenControlChannel',
    'ssmmessages:OpenDataChannel',
  ]
  const wide = (made: typeof assembly) =>
    made.stacks.flatMap(({ stackName }) =>
      statementsIn(stackName, made)
        .filter(([, { Resource }]) => [Resource].flat().includes('*'))
        .map(([role, { Action }]) => [`${stackName.slice('upquorum-'.length)} ${role}`, [Action].flat()]),
    )
  expect(wide(assembly)).toEqual([
    ['home-us-east-1 quorumrole', [...streams, ...traces]],
    ['home-us-east-1 notifyrole', [...streams, ...traces]],
    ['home-us-east-1 sweeprole', traces],
    ['home-us-east-1 applyrole', traces],
    ['home-us-east-1 auditrole', traces],
    ['probe-eu-west-1 schedulerole', traces],
    ['probe-eu-west-1 proberole', traces],
    ['probe-us-east-1 schedulerole', traces],
    ['probe-us-east-1 proberole', traces],
    ['runners-eu-west-1 lab1role', sessions],
  ])
  const untraced = synth(text)
  expect(wide(untraced)).toEqual([
    ['home-us-east-1 quorumrole', streams],
    ['home-us-east-1 notifyrole', streams],
    ['runners-eu-west-1 lab1role', sessions],
  ])
  untraced.remove()
})

test('what a validator complains of is acknowledged here and for this reason, nothing else and nowhere else', () => {
  const acknowledged = app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([rule, reason]) => ({ what: `${rule}: ${reason}`, where: node.path.slice('upquorum-'.length) })),
  )
  const byReason = Map.groupBy(acknowledged, ({ what }) => what)
  expect(
    Object.fromEntries([...byReason].map(([what, all]) => [what, all.map(({ where }) => where)])),
  ).toEqual({
    'Annotation::AwsSolutions-SQS3: This is the dead-letter queue of a stream or a subscription, which the rule does not recognize as one.':
      [
        'home-us-east-1/records-dead',
        'home-us-east-1/undelivered',
        'probe-us-east-1/jobs-dead',
        'probe-eu-west-1/jobs-dead',
      ],
    'Annotation::AwsSolutions-IAM5[Resource::*]: The event source mapping needs dynamodb:ListStreams, which supports no resource but "*".':
      ['home-us-east-1/quorum-role', 'home-us-east-1/notify-role'],
    'Annotation::AwsSolutions-IAM5[Resource::*]: xray:PutTraceSegments and xray:PutTelemetryRecords support no resource but "*".':
      [
        ...['quorum', 'notify', 'sweep', 'apply', 'audit'].map((file) => `home-us-east-1/${file}-role`),
        ...['us-east-1', 'eu-west-1'].flatMap((region) => [
          `probe-${region}/schedule-role`,
          `probe-${region}/probe-role`,
        ]),
      ],
    'Annotation::AwsSolutions-IAM5[Resource::*]: The Session Manager actions support no resource but "*".': [
      'runners-eu-west-1/lab-1-role',
    ],
    'Annotation::AwsSolutions-VPC7: Flow logs would repeat the ballots at several times the cost of the runner.':
      ['runners-eu-west-1/network'],
    "Annotation::AwsSolutions-AS3: Only a machine's votes matter, and the sweep tells the operators when they are missing.":
      ['runners-eu-west-1/lab-1-group'],
    // Acknowledged by the CDK itself.
    'CloudFormation-Validate::W3010: Literal AZs in template are the result of accessing stack.availabilityZones, this is expected and safe':
      ['runners-eu-west-1'],
  })
  // cdk-nag also honors suppressions in the metadata of a template.
  for (const stack of stacks)
    expect(JSON.stringify(assembly.getStackByName(stack).template)).not.toContain('rules_to_suppress')
})
