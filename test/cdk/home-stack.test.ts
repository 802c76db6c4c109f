import { afterAll, describe, expect, test } from 'vitest'
import { alarmsPerHome } from '../../shared/cost/units.ts'
import { everything, inWords, propertiesOf, resourcesOf, statementsOf, synth } from './synth.ts'

const stack = 'upquorum-home-us-east-1'
const assembly = synth(everything)
afterAll(() => assembly.remove())

const one = (type: string) => {
  const found = propertiesOf(assembly, stack, type)
  expect(found).toHaveLength(1)
  return found[0]!
}

describe('the table', () => {
  test('has its fixed name, costs by use, streams, forgets what has expired and can be restored', () => {
    expect(one('AWS::DynamoDB::Table')).toMatchObject({
      TableName: 'upquorum',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    })
  })

  test('outlives its stack and refuses to be deleted, unless told otherwise', () => {
    const table = (context: Record<string, unknown>) => {
      const made = synth(everything, context)
      const found = Object.values(resourcesOf(made, stack)).find(
        ({ Type }) => Type === 'AWS::DynamoDB::Table',
      )!
      made.remove()
      return [found.DeletionPolicy, found.UpdateReplacePolicy, found.Properties.DeletionProtectionEnabled]
    }
    expect(table({})).toEqual(['Retain', 'Retain', true])
    expect(table({ retain: 'false' })).toEqual(['Delete', 'Delete', false])
  })

  test('is all that outlives its stack, by a name that another deployment can import', () => {
    const retained = assembly.stacks.flatMap(({ stackName }) =>
      Object.values(resourcesOf(assembly, stackName)).filter(
        ({ DeletionPolicy }) => DeletionPolicy === 'Retain',
      ),
    )
    expect(retained.map(({ Type, Properties }) => [Type, Properties.TableName])).toEqual([
      ['AWS::DynamoDB::Table', 'upquorum'],
    ])
  })
})

describe('the streams', () => {
  const mapping = (reader: string) =>
    propertiesOf(assembly, stack, 'AWS::Lambda::EventSourceMapping')
      .map((properties) => inWords(properties) as { FunctionName: string; FilterCriteria: unknown })
      .find(({ FunctionName }) => FunctionName === reader)!

  test.each([
    ['quorum', { eventName: ['INSERT'], dynamodb: { Keys: { sk: { S: [{ prefix: 'BALLOT#' }] } } } }],
    ['notify', { dynamodb: { NewImage: { due: { N: [{ exists: true }] } } } }],
  ])('%s gets its records only, and gives up a poisoned one', (reader, filter) => {
    expect(mapping(reader)).toMatchObject({
      EventSourceArn: 'table.StreamArn',
      FilterCriteria: { Filters: [{ Pattern: JSON.stringify(filter) }] },
      StartingPosition: 'TRIM_HORIZON',
      ParallelizationFactor: 1,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 5,
      MaximumRecordAgeInSeconds: 600,
      DestinationConfig: { OnFailure: { Destination: 'recordsdead.Arn' } },
    })
  })

  test('there are two readers, the most that a stream serves', () => {
    expect(propertiesOf(assembly, stack, 'AWS::Lambda::EventSourceMapping')).toHaveLength(2)
  })
})

describe('the contacts', () => {
  const topics = () =>
    Object.fromEntries(
      propertiesOf(assembly, stack, 'AWS::SNS::Topic').map(({ TopicName, KmsMasterKeyId }) => [
        TopicName,
        inWords(KmsMasterKeyId),
      ]),
    )
  const policy = (topic: string) =>
    propertiesOf(assembly, stack, 'AWS::SNS::TopicPolicy')
      .map(
        (properties) => inWords(properties) as { Topics: string[]; PolicyDocument: { Statement: object[] } },
      )
      .find(({ Topics }) => Topics[0] === topic)!.PolicyDocument.Statement

  test('each has a topic; all but the one that alarms publish to are under a key of AWS', () => {
    expect(topics()).toEqual({
      'upquorum-ops': undefined,
      'upquorum-hook': 'arn:aws:kms:us-east-1:<AccountId>:alias/aws/sns',
    })
  })

  test('nobody publishes in the clear, and besides the functions only alarms of this account', () => {
    const refusal = {
      Effect: 'Deny',
      Principal: '*',
      Action: 'sns:Publish',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    }
    expect(policy('contacthook')).toEqual([expect.objectContaining(refusal)])
    expect(policy('contactops')).toEqual([
      expect.objectContaining(refusal),
      {
        Sid: 'alarms',
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Resource: 'contactops',
        Condition: { StringEquals: { 'aws:SourceAccount': '<AccountId>' } },
      },
    ])
  })

  test('every endpoint is subscribed, and what it could not be given is kept', () => {
    const subscriptions = propertiesOf(assembly, stack, 'AWS::SNS::Subscription')
    expect(subscriptions.map(({ Protocol, Endpoint }) => `${Protocol} ${Endpoint}`).toSorted()).toEqual([
      'email ops@example.com',
      'https https://hooks.example.com/upquorum',
      'sms +15550100',
    ])
    for (const { RedrivePolicy } of subscriptions)
      expect(inWords(RedrivePolicy)).toEqual({ deadLetterTargetArn: 'undelivered.Arn' })
  })

  test('a webhook that is being restarted is waited for', () => {
    const [webhook] = propertiesOf(assembly, stack, 'AWS::SNS::Subscription').filter(
      ({ Protocol }) => Protocol === 'https',
    )
    const { healthyRetryPolicy } = webhook!.DeliveryPolicy as {
      healthyRetryPolicy: Record<string, number>
    }
    expect(healthyRetryPolicy).toMatchObject({ minDelayTarget: 5, backoffFunction: 'EXPONENTIAL' })
    const { numRetries, numNoDelayRetries, numMaxDelayRetries, maxDelayTarget } = healthyRetryPolicy
    // SNS rejects more than 3,600 s; no backoff curve between the delays exceeds this sum.
    const longestSeconds = (numRetries! - numNoDelayRetries!) * maxDelayTarget!
    expect(longestSeconds).toBeLessThanOrEqual(3_600)
    expect(numMaxDelayRetries! * maxDelayTarget!).toBeGreaterThanOrEqual(45 * 60)
  })
})

describe('what the functions may do', () => {
  const writeLog = (file: string) => ({
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: `${file}log.Arn`,
  })
  const table = (keys: string, ...actions: string[]) => ({
    Effect: 'Allow',
    Action: actions.length === 1 ? actions[0] : actions,
    Resource: 'table.Arn',
    Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [keys] } },
  })
  const readPlans = table('PLAN', 'dynamodb:GetItem')
  const settle = table('SHARD#*', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query')
  const record = table('CHECK#*', 'dynamodb:PutItem')
  const publish = { Effect: 'Allow', Action: 'sns:Publish', Resource: ['contacthook', 'contactops'] }
  const readStream = [
    {
      Effect: 'Allow',
      Action: ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'],
      Resource: 'recordsdead.Arn',
    },
    { Effect: 'Allow', Action: 'dynamodb:ListStreams', Resource: '*' },
    {
      Effect: 'Allow',
      Action: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
      Resource: 'table.StreamArn',
    },
  ]

  test.each<[string, readonly unknown[]]>([
    ['quorum', [writeLog('quorum'), readPlans, settle, ...readStream]],
    ['notify', [writeLog('notify'), readPlans, settle, record, publish, ...readStream]],
    ['sweep', [writeLog('sweep'), readPlans, settle, record, publish]],
    [
      'apply',
      [
        writeLog('apply'),
        table('PLAN', 'dynamodb:GetItem', 'dynamodb:PutItem'),
        table('SHARD#*', 'dynamodb:GetItem'),
      ],
    ],
    [
      'audit',
      [
        writeLog('audit'),
        { ...publish, Action: 'sns:ListSubscriptionsByTopic' },
        { ...publish, Resource: 'contactops' },
      ],
    ],
  ])('%s', (file, statements) => {
    expect(statementsOf(assembly, stack, `${file}-role`)).toEqual(statements)
  })
})

test('a contact that nobody alerts yet may be told, since apply can bring a check that does', () => {
  const made = synth(everything.replace('contacts:', 'contacts:\n  later: { email: later@example.com }'))
  for (const file of ['notify', 'sweep'])
    expect(statementsOf(made, stack, `${file}-role`)).toContainEqual(
      expect.objectContaining({ Action: 'sns:Publish', Resource: expect.arrayContaining(['contactlater']) }),
    )
  made.remove()
})

describe('the functions', () => {
  test('run on the newest Node, on arm64, from a bundle, each with a log of a month', () => {
    const functions = propertiesOf(assembly, stack, 'AWS::Lambda::Function')
    expect(functions.map(({ FunctionName }) => FunctionName).toSorted()).toEqual([
      'upquorum-apply',
      'upquorum-audit',
      'upquorum-notify',
      'upquorum-quorum',
      'upquorum-sweep',
    ])
    for (const properties of functions) {
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
      })
      expect(properties).not.toHaveProperty('ReservedConcurrentExecutions')
      expect(properties).not.toHaveProperty('TracingConfig')
    }
    const logs = propertiesOf(assembly, stack, 'AWS::Logs::LogGroup')
    expect(
      logs.map(({ LogGroupName, RetentionInDays }) => [LogGroupName, RetentionInDays]).toSorted(),
    ).toEqual([
      ['/aws/lambda/upquorum-apply', 30],
      ['/aws/lambda/upquorum-audit', 30],
      ['/aws/lambda/upquorum-notify', 30],
      ['/aws/lambda/upquorum-quorum', 30],
      ['/aws/lambda/upquorum-sweep', 30],
    ])
  })

  test('those that tell know where the topics are', () => {
    const settings = (file: string) =>
      inWords(
        (
          propertiesOf(assembly, stack, 'AWS::Lambda::Function').find(
            ({ FunctionName }) => FunctionName === `upquorum-${file}`,
          )!.Environment as { Variables: unknown }
        ).Variables,
      )
    const telling = {
      UPQUORUM_TABLE: 'upquorum',
      UPQUORUM_TOPIC_PREFIX: 'arn:aws:sns:us-east-1:<AccountId>:upquorum-',
    }
    expect(settings('notify')).toEqual(telling)
    expect(settings('sweep')).toEqual(telling)
    expect(settings('quorum')).toEqual({ UPQUORUM_TABLE: 'upquorum' })
    expect(settings('apply')).toEqual({ UPQUORUM_TABLE: 'upquorum' })
    expect(settings('audit')).toEqual({ UPQUORUM_TOPIC_PREFIX: telling.UPQUORUM_TOPIC_PREFIX })
  })

  test.each([
    ['sweep', 'minute', 'cron(* * * * ? *)'],
    ['audit', 'day', 'cron(0 9 * * ? *)'],
  ])('the %s is called once a %s and never again for one that is over', (file, _, expression) => {
    const schedules = propertiesOf(assembly, stack, 'AWS::Scheduler::Schedule').map(
      (properties) => inWords(properties) as { Target: { Arn: string } },
    )
    expect(schedules).toHaveLength(2)
    expect(schedules.find(({ Target }) => Target.Arn === `${file}.Arn`)).toMatchObject({
      ScheduleExpression: expression,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Input: '{"time":"<aws.scheduler.scheduled-time>"}',
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      },
    })
  })
})

describe('the plan', () => {
  const hashOf = (text: string) => {
    const made = synth(text)
    const [plan] = propertiesOf(made, stack, 'Custom::UpquorumPlan')
    made.remove()
    return plan!.Configuration
  }

  test('the resource carries the hash of the configuration and nothing of it', () => {
    const { ServiceToken, ...properties } = one('Custom::UpquorumPlan')
    expect(inWords(ServiceToken)).toBe('apply.Arn')
    expect(properties).toEqual({
      ServiceTimeout: '120',
      Configuration: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  test('the hash changes with the configuration and with nothing else', () => {
    const { Configuration } = one('Custom::UpquorumPlan')
    expect(hashOf(`# a comment\n${everything}`)).toBe(Configuration)
    expect(hashOf(everything.replace('5432', '5433'))).not.toBe(Configuration)
  })
})

describe('the alarms', () => {
  const alarms = () =>
    propertiesOf(assembly, stack, 'AWS::CloudWatch::Alarm').map(
      (properties) => inWords(properties) as Record<string, unknown>,
    )

  test('there is one for each way in which the home can fail, and the operators hear of it', () => {
    expect(
      alarms()
        .map(({ AlarmName, Namespace, MetricName, Threshold, TreatMissingData }) =>
          [AlarmName, Namespace, MetricName, Threshold, TreatMissingData].join(' '),
        )
        .toSorted(),
    ).toEqual([
      'upquorum-audit-errors AWS/Lambda Errors 1 notBreaching',
      'upquorum-notify-behind AWS/Lambda IteratorAge 300000 notBreaching',
      'upquorum-quorum-behind AWS/Lambda IteratorAge 300000 notBreaching',
      'upquorum-quorum-silent AWS/Lambda Invocations 1 breaching',
      'upquorum-records-dead AWS/SQS ApproximateNumberOfMessagesVisible 1 notBreaching',
      'upquorum-sweep-errors AWS/Lambda Errors 3 notBreaching',
      'upquorum-sweep-silent AWS/Lambda Invocations 1 breaching',
      'upquorum-undelivered AWS/SQS ApproximateNumberOfMessagesVisible 1 notBreaching',
    ])
    // The number that `upquorum cost` assumes.
    expect(alarms()).toHaveLength(alarmsPerHome)
    for (const { AlarmActions, OKActions } of alarms())
      expect([AlarmActions, OKActions]).toEqual([['contactops'], ['contactops']])
  })

  test('no function and no queue fails unheard', () => {
    const watching = (key: string, name: unknown) =>
      alarms()
        .filter(
          ({ Dimensions }) => JSON.stringify(Dimensions) === JSON.stringify([{ Name: key, Value: name }]),
        )
        .map(({ AlarmName }) => AlarmName)
    const names = (type: string, property: string) =>
      propertiesOf(assembly, stack, type).map((properties) => properties[property])
    expect(
      Object.fromEntries([
        ...names('AWS::Lambda::Function', 'FunctionName').map((name) => [
          name,
          watching('FunctionName', name),
        ]),
        ...names('AWS::SQS::Queue', 'QueueName').map((name) => [name, watching('QueueName', name)]),
      ]),
    ).toEqual({
      // Its failures fail the deployment, which reports them.
      'upquorum-apply': [],
      'upquorum-audit': ['upquorum-audit-errors'],
      // Their failures are retried, show as iterator age and end as dead letters.
      'upquorum-notify': ['upquorum-notify-behind'],
      'upquorum-quorum': ['upquorum-quorum-behind', 'upquorum-quorum-silent'],
      'upquorum-sweep': ['upquorum-sweep-silent', 'upquorum-sweep-errors'],
      'upquorum-records-dead': ['upquorum-records-dead'],
      'upquorum-undelivered': ['upquorum-undelivered'],
    })
  })

  test.each([
    ['of a minute', '', 300],
    ['of ten seconds', 'defaults: { interval: 10s }', 300],
    ['of two hours', 'defaults: { interval: 2h }', 7200],
    ['of a day', 'defaults: { interval: 1d }', 86_400],
  ])(
    'with checks %s the quorum is called in each of three periods, or its stream is gone',
    (_, defaults, Period) => {
      const made = synth(
        `regions: [us-east-1]\n${defaults}\nchecks: [{ name: db, tcp: { address: 'db.example.com:1' } }]\n`,
      )
      const [alarm] = propertiesOf(made, stack, 'AWS::CloudWatch::Alarm').filter(
        ({ AlarmName }) => AlarmName === 'upquorum-quorum-silent',
      )
      expect(alarm).toMatchObject({ Period, EvaluationPeriods: 3, ComparisonOperator: 'LessThanThreshold' })
      made.remove()
    },
  )

  test('where no check is enabled, no ballot is missed', () => {
    const made = synth(
      "regions: [us-east-1]\nchecks: [{ name: db, enabled: false, tcp: { address: 'db.example.com:1' } }]\n",
    )
    expect(JSON.stringify(resourcesOf(made, stack))).not.toContain('quorum-silent')
    made.remove()
  })

  test('of silence say themselves that they go off after the first deployment, when nothing has run yet', () => {
    const atFirst = alarms().filter(({ AlarmDescription }) =>
      /Right after the first deployment it only means that nothing has run yet/.test(
        String(AlarmDescription),
      ),
    )
    const silent = alarms().filter(({ TreatMissingData }) => TreatMissingData === 'breaching')
    expect(atFirst.map(({ AlarmName }) => AlarmName)).toEqual([
      'upquorum-sweep-silent',
      'upquorum-quorum-silent',
    ])
    expect(atFirst).toEqual(silent)
    // CloudWatch's maximum length of a description ("PutMetricAlarm").
    for (const { AlarmDescription } of alarms())
      expect(String(AlarmDescription).length).toBeLessThanOrEqual(1024)
  })

  test('an audit that failed is told until one has succeeded', () => {
    expect(alarms().find(({ AlarmName }) => AlarmName === 'upquorum-audit-errors')).toMatchObject({
      Period: 86_400,
      EvaluationPeriods: 1,
      Statistic: 'Sum',
    })
  })

  test('without operators they are only shown, and nobody looks for those whom nobody would be told of', () => {
    const made = synth(everything.replace('operators: ops\n', ''))
    for (const { AlarmActions } of propertiesOf(made, stack, 'AWS::CloudWatch::Alarm'))
      expect(AlarmActions).toBeUndefined()
    expect(
      propertiesOf(made, stack, 'AWS::Lambda::Function').map(({ FunctionName }) => FunctionName),
    ).not.toContain('upquorum-audit')
    made.remove()
  })

  test('one dashboard shows all regions', () => {
    const { DashboardName, DashboardBody } = inWords(one('AWS::CloudWatch::Dashboard')) as Record<
      string,
      string
    >
    expect(DashboardName).toBe('upquorum')
    const { widgets } = JSON.parse(DashboardBody!) as { widgets: { properties: { title: string } }[] }
    expect(widgets.map(({ properties }) => properties.title)).toEqual([
      'Missed ticks per voter, and failed probes among them',
      'Schedule: errors',
      'Probe: duration, ms',
      'Throttled invocations',
      'Age of the oldest stream record, ms',
      'Quorum, notify, sweep, audit: errors',
      'Dead letters',
      'Table: write units, throttles',
    ])
    for (const region of ['us-east-1', 'eu-west-1']) expect(DashboardBody).toContain(region)
  })
})

describe('every queue', () => {
  test('is encrypted, and refuses what is not', () => {
    const queues = propertiesOf(assembly, stack, 'AWS::SQS::Queue')
    expect(queues.map(({ QueueName }) => QueueName).toSorted()).toEqual([
      'upquorum-records-dead',
      'upquorum-undelivered',
    ])
    for (const { SqsManagedSseEnabled } of queues) expect(SqsManagedSseEnabled).toBe(true)
    const refusals = propertiesOf(assembly, stack, 'AWS::SQS::QueuePolicy').flatMap(({ PolicyDocument }) =>
      (PolicyDocument as { Statement: { Effect: string; Condition: unknown }[] }).Statement.filter(
        ({ Effect }) => Effect === 'Deny',
      ),
    )
    expect(refusals.map(({ Condition }) => Condition)).toEqual([
      { Bool: { 'aws:SecureTransport': 'false' } },
      { Bool: { 'aws:SecureTransport': 'false' } },
    ])
  })
})
