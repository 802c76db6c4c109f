import { Duration, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import type { Config } from '../shared/config/config.ts'
import { functionMetric, makeAlarm, queueMetric, readThenPurge } from './alarms.ts'
import { makeAudit } from './audit.ts'
import { makeDashboard } from './dashboard.ts'
import { deadLetterNames } from './dead-letters.ts'
import { makeFunction } from './function.ts'
import { tableName, topicPrefix } from './names.ts'
import type { Options } from './options.ts'
import { makePlanResource } from './plan.ts'
import { makeDeadLetters } from './queue.ts'
import { everyMinute } from './schedules.ts'
import { dueOutboxes, newBallots, readStream } from './streams.ts'
import { historyPermissions, makeTable, shardPermissions } from './table.ts'
import { makeTopics } from './topics.ts'

export interface UpquorumStackProps extends StackProps {
  readonly config: Config
  readonly options: Options
}

/** A home: the table, the functions that decide and alert, the contacts' topics and the plan. */
export class HomeStack extends Stack {
  constructor(scope: Construct, id: string, { config, options, ...props }: UpquorumStackProps) {
    super(scope, id, props)
    const table = makeTable(this, options.retain)
    const givenUp = makeDeadLetters(this, 'records-dead', deadLetterNames.records)
    const undelivered = makeDeadLetters(this, 'undelivered', deadLetterNames.undelivered)
    const topics = makeTopics(this, config, undelivered)

    const environment = { UPQUORUM_TABLE: tableName }
    const topicArnPrefix = this.formatArn({ service: 'sns', resource: topicPrefix })
    const alertingEnvironment = { ...environment, UPQUORUM_TOPIC_PREFIX: topicArnPrefix }
    // Every deployed contact, because a plan applied later without a deployment may alert any of them.
    const publish = () =>
      topics.size === 0
        ? []
        : [
            new PolicyStatement({
              actions: ['sns:Publish'],
              resources: [...topics.values()].map(({ topicArn }) => topicArn),
            }),
          ]

    const quorum = makeFunction(this, 'quorum', {
      options,
      description: 'Decides a tick as soon as its ballots allow it',
      memoryMb: 256,
      timeoutSeconds: 60,
      environment,
    })
    const notify = makeFunction(this, 'notify', {
      options,
      description: 'Publishes alerts for decided transitions',
      memoryMb: 256,
      timeoutSeconds: 60,
      environment: alertingEnvironment,
    })
    const sweep = makeFunction(this, 'sweep', {
      options,
      description: 'Decides and publishes what missing ballots or failures left undone',
      memoryMb: 256,
      timeoutSeconds: 60,
      environment: alertingEnvironment,
    })
    for (const statement of shardPermissions(table))
      for (const each of [quorum, notify, sweep]) each.addToRolePolicy(statement)
    for (const each of [notify, sweep]) {
      for (const statement of [historyPermissions(table), ...publish()]) each.addToRolePolicy(statement)
    }
    readStream(quorum, table, newBallots, givenUp)
    readStream(notify, table, dueOutboxes, givenUp)
    for (const reader of [quorum, notify]) acknowledgeListStreams(reader)
    everyMinute(this, 'sweep-minute', sweep)
    makePlanResource(this, table, config, options)
    makeAudit(this, config, topics, { options, environment: { UPQUORUM_TOPIC_PREFIX: topicArnPrefix } })

    const alarmTopic = config.operators && topics.get(config.operators)
    this.#makeAlarms(alarmTopic)
    this.#watchStream(config, alarmTopic)
    if (config.homes[0] === props.env?.region) makeDashboard(this, config)
  }

  #makeAlarms(alarmTopic: ITopic | undefined): void {
    makeAlarm(this, 'sweep-silent', {
      description: 'The sweep has not run for 5 minutes: ticks with missing ballots are not decided.',
      metric: functionMetric('sweep', 'Invocations'),
      threshold: 1,
      below: true,
      alarmTopic,
    })
    makeAlarm(this, 'sweep-errors', {
      description:
        'The sweep failed in at least 3 of 5 minutes: the table is gone, an item in it cannot be read, or there is more work than fits in a minute. See the log /aws/lambda/upquorum-sweep.',
      metric: functionMetric('sweep', 'Errors'),
      threshold: 3,
      alarmTopic,
    })
    for (const file of ['quorum', 'notify'] as const) {
      makeAlarm(this, `${file}-behind`, {
        description: `The function ${file} is more than 5 minutes behind the table's stream.`,
        metric: functionMetric(file, 'IteratorAge', { statistic: 'Maximum' }),
        threshold: 300_000,
        alarmTopic,
      })
    }
    for (const [id, queueName, meaning] of [
      ['records-dead', deadLetterNames.records, 'A stream record could not be handled'],
      ['undelivered', deadLetterNames.undelivered, 'SNS could not deliver an alert to an endpoint'],
    ] as const) {
      makeAlarm(this, id, {
        description: `${meaning}. ${readThenPurge(queueName)}`,
        metric: queueMetric(queueName, 'ApproximateNumberOfMessagesVisible', { statistic: 'Maximum' }),
        threshold: 1,
        alarmTopic,
      })
    }
  }

  /**
   * Creates the alarm for a missing stream, which causes no errors: the sweep does its work up to a minute later. It
   * shows as missing invocations, since ballots cause at least one per tick of the most frequent check.
   */
  #watchStream({ checks }: Config, alarmTopic: ITopic | undefined): void {
    const intervals = checks.flatMap(({ enabled, intervalSeconds }) => (enabled ? [intervalSeconds] : []))
    if (intervals.length === 0) return
    makeAlarm(this, 'quorum-silent', {
      description:
        "No ballot has reached the function quorum for 15 minutes and three ticks: no voter votes, or the table's stream or its event source mapping is gone. " +
        'If a plan with longer intervals was applied since the deployment, deploy again.',
      metric: functionMetric('quorum', 'Invocations', {
        period: Duration.seconds(Math.max(300, Math.min(...intervals))),
      }),
      threshold: 1,
      below: true,
      periods: 3,
      alarmTopic,
    })
  }
}

function acknowledgeListStreams(reader: IFunction): void {
  Validations.of(reader.role!).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'The event source mapping needs dynamodb:ListStreams, which supports no resource but "*".',
  })
}
