import { afterAll, describe, expect, test } from 'vitest'
import type { CheckName, PlanVersion, Tick, VoterName } from '../../shared/check.ts'
import { alarmsPerVotingHome } from '../../shared/cost/units.ts'
import { ballotAttributes } from '../../shared/plan/permissions.ts'
import { encodeBallot } from '../../shared/store/codec.ts'
import { everything, inWords, propertiesOf, resourcesOf, statementsOf, synth } from './synth.ts'

const stack = 'upquorum-probe-eu-west-1'
const assembly = synth(everything)
afterAll(() => assembly.remove())

const functionsOf = (made: typeof assembly, name = stack) =>
  Object.fromEntries(
    propertiesOf(made, name, 'AWS::Lambda::Function').map((properties) => [
      properties.FunctionName,
      inWords(properties) as Record<string, unknown>,
    ]),
  )

describe('the minute', () => {
  test('the Scheduler says which minute it means, and never tries again', () => {
    const [schedule] = propertiesOf(assembly, stack, 'AWS::Scheduler::Schedule')
    expect(inWords(schedule)).toMatchObject({
      ScheduleExpression: 'cron(* * * * ? *)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: 'schedule.Arn',
        Input: '{"time":"<aws.scheduler.scheduled-time>"}',
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      },
    })
  })

  test('neither does Lambda: a function that the Scheduler calls is called once', () => {
    const configs = propertiesOf(assembly, stack, 'AWS::Lambda::EventInvokeConfig')
    expect(configs.map((properties) => inWords(properties))).toEqual(
      ['schedule', 'probe'].map((FunctionName) => ({
        FunctionName,
        Qualifier: '$LATEST',
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: 60,
      })),
    )
  })
})

describe('the queue', () => {
  test('holds jobs until their tick, gives each to the probe alone, and up after two tries', () => {
    const queues = Object.fromEntries(
      propertiesOf(assembly, stack, 'AWS::SQS::Queue').map((properties) => [
        properties.QueueName,
        inWords(properties),
      ]),
    )
    expect(queues['upquorum-jobs']).toMatchObject({
      MessageRetentionPeriod: 600,
      VisibilityTimeout: 90,
      SqsManagedSseEnabled: true,
      RedrivePolicy: { deadLetterTargetArn: 'jobsdead.Arn', maxReceiveCount: 2 },
    })
    expect(queues['upquorum-jobs-dead']).toMatchObject({
      MessageRetentionPeriod: 1_209_600,
      SqsManagedSseEnabled: true,
    })
    const [mapping] = propertiesOf(assembly, stack, 'AWS::Lambda::EventSourceMapping')
    expect(inWords(mapping)).toMatchObject({
      EventSourceArn: 'jobs.Arn',
      FunctionName: 'probe',
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 100 },
    })
  })
})

describe('what the functions may do', () => {
  const writeLog = (file: string) => ({
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: `${file}log.Arn`,
  })
  const table = 'arn:aws:dynamodb:us-east-1:<AccountId>:table/upquorum'
  const readPlans = {
    Effect: 'Allow',
    Action: 'dynamodb:GetItem',
    Resource: table,
    Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['PLAN'] } },
  }
  const putBallots = {
    Effect: 'Allow',
    Action: 'dynamodb:PutItem',
    Resource: table,
    Condition: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['SHARD#*'] },
      'ForAllValues:StringEquals': {
        'dynamodb:Attributes': ['pk', 'sk', 'plan', 'ms', 'failed', 'method', 'expires'],
      },
      StringEqualsIfExists: { 'dynamodb:ReturnValues': 'NONE' },
    },
  }
  const takeJobs = {
    Effect: 'Allow',
    Action: [
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:ReceiveMessage',
    ],
    Resource: 'jobs.Arn',
  }
  const parameter = (region: string) => ({
    Effect: 'Allow',
    Action: 'ssm:GetParameter',
    Resource: `arn:aws:ssm:${region}:<AccountId>:parameter/example/api-token`,
  })
  const secret = (region: string) => ({
    Effect: 'Allow',
    Action: 'secretsmanager:GetSecretValue',
    Resource: `arn:aws:secretsmanager:${region}:<AccountId>:secret:shop/token-??????`,
  })

  test('schedule reads plans and queues jobs', () => {
    expect(statementsOf(assembly, stack, 'schedule-role')).toEqual([
      writeLog('schedule'),
      readPlans,
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: 'jobs.Arn' },
    ])
  })

  test('probe reads plans, puts ballots and reads the secrets that its own checks name', () => {
    expect(statementsOf(assembly, stack, 'probe-role')).toEqual([
      writeLog('probe'),
      readPlans,
      putBallots,
      parameter('eu-west-1'),
      secret('eu-west-1'),
      takeJobs,
    ])
    expect(statementsOf(assembly, 'upquorum-probe-us-east-1', 'probe-role')).toEqual([
      writeLog('probe'),
      readPlans,
      putBallots,
      parameter('us-east-1'),
      takeJobs,
    ])
  })

  test('without secrets there is no permission to read any', () => {
    const plain = synth(
      'regions: [us-east-1]\nchecks: [{ name: db, tcp: { address: "db.example.com:5432" } }]\n',
    )
    expect(JSON.stringify(statementsOf(plain, 'upquorum-probe-us-east-1', 'probe-role'))).not.toMatch(
      /ssm|secrets/,
    )
    plain.remove()
  })

  test('a ballot has no attribute but those that a voter may write', () => {
    const ballot = {
      voter: 'eu-west-1' as VoterName,
      tick: 1_790_000_040 as Tick,
      plan: 'abc' as PlanVersion,
      ms: [-2],
      failed: { ['web' as CheckName]: { reason: 'refused', detail: 'connection refused' } as const },
      method: 'quickack',
    } as const
    const written = ['pk', 'sk', 'expires', ...Object.keys(encodeBallot(ballot))]
    expect(written.toSorted()).toEqual(ballotAttributes.toSorted())
  })

  test('every home gets the ballots', () => {
    const two = synth(everything.replace('homes: [us-east-1]', 'homes: [us-east-1, eu-west-1]'))
    const [, plans, ballots] = statementsOf(two, stack, 'probe-role') as { Resource: unknown }[]
    const tables = ['eu-west-1', 'us-east-1'].map((home) => table.replace('us-east-1', home))
    expect([plans!.Resource, ballots!.Resource]).toEqual([tables, tables])
    expect(functionsOf(two)['upquorum-probe']!.Environment).toMatchObject({
      Variables: { UPQUORUM_HOMES: 'us-east-1,eu-west-1' },
    })
    two.remove()
  })
})

describe('the functions', () => {
  test('know who they vote as and where to', () => {
    const voter = { UPQUORUM_VOTER: 'eu-west-1', UPQUORUM_TABLE: 'upquorum', UPQUORUM_HOMES: 'us-east-1' }
    const functions = functionsOf(assembly)
    expect(functions['upquorum-probe']!.Environment).toEqual({ Variables: voter })
    expect(functions['upquorum-schedule']!.Environment).toEqual({
      Variables: { ...voter, UPQUORUM_QUEUE_URL: 'jobs' },
    })
  })

  test('the probe has the time for the longest timeout and its grace', () => {
    expect(functionsOf(assembly)['upquorum-probe']).toMatchObject({ Timeout: 90, MemorySize: 512 })
  })

  test('no Lambda honours allow_private but in an emulator', () => {
    const anywhere = ['upquorum-probe-us-east-1', stack].map((name) =>
      JSON.stringify(resourcesOf(assembly, name)),
    )
    for (const template of anywhere) expect(template).not.toContain('PRIVATE')
    const emulated = synth(everything, { emulated: 'true' })
    expect(functionsOf(emulated)['upquorum-probe']!.Environment).toMatchObject({
      Variables: { UPQUORUM_PRIVATE_ALLOWED: 'true' },
    })
    emulated.remove()
  })

  test('traces and reserved concurrency are there for the asking', () => {
    const asked = synth(everything, { tracing: 'true', reserved: '20' })
    for (const properties of Object.values(functionsOf(asked)))
      expect(properties).toMatchObject({
        TracingConfig: { Mode: 'Active' },
        ReservedConcurrentExecutions: 20,
      })
    const [mapping] = propertiesOf(asked, stack, 'AWS::Lambda::EventSourceMapping')
    expect(mapping!.ScalingConfig).toEqual({ MaximumConcurrency: 20 })
    asked.remove()
  })
})

describe('the alarms', () => {
  const actions = (name: string) =>
    propertiesOf(assembly, name, 'AWS::CloudWatch::Alarm').map(({ AlarmName, AlarmActions }) => [
      AlarmName,
      inWords(AlarmActions),
    ])

  test('are where the operators’ topic is in the same region, and cost nothing elsewhere', () => {
    const topic = ['arn:aws:sns:us-east-1:<AccountId>:upquorum-ops']
    expect(actions('upquorum-probe-us-east-1')).toEqual([
      ['upquorum-schedule-errors', topic],
      ['upquorum-probe-errors', topic],
      ['upquorum-jobs-dead', topic],
    ])
    expect(actions('upquorum-probe-us-east-1')).toHaveLength(alarmsPerVotingHome)
    expect(actions(stack)).toEqual([])
  })
})

test('no stack refers to another: each can be deployed and mended by itself', () => {
  for (const { stackName } of assembly.stacks) {
    const template = JSON.stringify(assembly.getStackByName(stackName).template)
    expect(template).not.toMatch(/Fn::ImportValue|Fn::GetStackOutput/)
    expect((assembly.getStackByName(stackName).template as { Outputs?: unknown }).Outputs).toBeUndefined()
  }
})
