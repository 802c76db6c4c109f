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

/** A home: the table, those who decide and tell, the contacts' topics, the plan. */
export class HomeStack extends Stack {
  constructor(scope: Construct, id: string, { config, options, ...props }: UpquorumStackProps) {
    super(scope, id, props)
    const table = makeTable(this, options.retain)
    const givenUp = makeDeadLetters(this, 'records-dead', deadLetterNames.records)
    const undelivered = makeDeadLetters(this, 'undelivered', deadLetterNames.undelivered)
    const topics = makeTopics(this, config, undelivered)

    const environment = { UPQUORUM_TABLE: tableName }
    const topicArnPrefix = this.formatArn({ service: 'sns', resource: topicPrefix })
    const telling = { ...environment, UPQUORUM_TOPIC_PREFIX: topicArnPrefix }
    // To every contact: a plan that is applied later may alert any that is deployed, without a deployment.
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
      description: 'Decides a tick as soon as its ballots do',
      memoryMb: 256,
      timeoutSeconds: 60,
      environment,
    })
    const notify = makeFunction(this, 'notify', {
      options,
      description: 'Publishes what was decided',
      memoryMb: 256,
      timeoutSeconds: 60,
      environment: telling,
    })
    const sweep = makeFunction(this, 'sweep', {
      options,
      description: 'Decides and publishes what silence or failures have left over',
      memoryMb: 256,
      timeoutSeconds: 60,
      environment: telling,
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
      description: 'The sweep has not run for 5 minutes: nobody decides what voters leave in silence.',
      metric: functionMetric('sweep', 'Invocations'),
      threshold: 1,
      below: true,
      alarmTopic,
    })
    makeAlarm(this, 'sweep-errors', {
      description:
        'The sweep failed in at least 3 of 5 minutes: the table is gone, something in it cannot be read, or it has more to do than a minute holds. See the log /aws/lambda/upquorum-sweep.',
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
      ['records-dead', deadLetterNames.records, 'A stream record was given up'],
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
   * A stream that is gone fails nobody: it is silent, and the sweep does its work up to a minute later. What is
   * missed then are the calls that every ballot makes, one per tick of the most frequent check at least.
   */
  #watchStream({ checks }: Config, alarmTopic: ITopic | undefined): void {
    const intervals = checks.flatMap(({ enabled, intervalSeconds }) => (enabled ? [intervalSeconds] : []))
    if (intervals.length === 0) return
    makeAlarm(this, 'quorum-silent', {
      description:
        "No ballot has reached the function quorum for 15 minutes and three ticks: nobody votes, or the table's stream or its event source mapping is gone. " +
        'Where a plan applied since the deployment has longer intervals, deploy again.',
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
    reason: 'dynamodb:ListStreams, which the event source mapping needs, takes no resource but "*".',
  })
}
