import { Duration, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Topic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import type { VoterName } from '../shared/check.ts'
import { readPlans, tableArns, voterPermissions } from '../shared/plan/permissions.ts'
import { functionMetric, makeAlarm, queueMetric, readThenPurge } from './alarms.ts'
import { deadLetterNames } from './dead-letters.ts'
import { makeFunction } from './function.ts'
import type { UpquorumStackProps } from './home-stack.ts'
import { jobQueueName, tableName, topicName } from './names.ts'
import { makeDeadLetters, makeQueue } from './queue.ts'
import { everyMinute } from './schedules.ts'

export interface ProbeStackProps extends UpquorumStackProps {
  readonly voter: VoterName
}

/** The longest timeout of a check (60 s), the grace of a tick (20 s), and some seconds to write a ballot. */
const probeTimeoutSeconds = 90
/** One shard each: 20,000 checks at one tick, and a bound for a queue that went wrong. */
const maxProbes = 100
/** A queue's mapping takes no less (Lambda, "Configuring maximum concurrency for Amazon SQS event sources"). */
const leastProbes = 2

/** A voter: the minute, the queue that makes exact ticks of it, the probe. */
export class ProbeStack extends Stack {
  constructor(scope: Construct, id: string, props: ProbeStackProps) {
    super(scope, id, props)
    const { config, options, voter } = props
    const jobs = makeQueue(this, 'jobs', {
      queueName: jobQueueName,
      // Jobs wait up to two minutes for their tick; a day of them would be of no use after an outage.
      retentionPeriod: Duration.minutes(10),
      visibilityTimeout: Duration.seconds(probeTimeoutSeconds),
      deadLetterQueue: {
        queue: makeDeadLetters(this, 'jobs-dead', deadLetterNames.jobs),
        maxReceiveCount: 2,
      },
    })
    const environment = {
      UPQUORUM_VOTER: voter,
      UPQUORUM_TABLE: tableName,
      UPQUORUM_HOMES: config.homes.join(','),
    }

    const schedule = makeFunction(this, 'schedule', {
      options,
      description: 'Queues the jobs of the next minute, each for its tick',
      memoryMb: 256,
      timeoutSeconds: 30,
      environment: { ...environment, UPQUORUM_QUEUE_URL: jobs.queueUrl },
    })
    schedule.addToRolePolicy(new PolicyStatement(readPlans(tableArns(config.homes, tableName, this))))
    schedule.addToRolePolicy(
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [jobs.queueArn] }),
    )
    everyMinute(this, 'schedule-minute', schedule)

    const probe = makeFunction(this, 'probe', {
      options,
      description: `Probes one shard at one tick and votes as ${voter}`,
      memoryMb: 512,
      timeoutSeconds: probeTimeoutSeconds,
      environment: { ...environment, ...(options.emulated ? { UPQUORUM_PRIVATE_ALLOWED: 'true' } : {}) },
    })
    for (const right of voterPermissions(config, { name: voter, region: voter }, tableName, this))
      probe.addToRolePolicy(new PolicyStatement(right))
    probe.addEventSource(
      new SqsEventSource(jobs, {
        // A job by itself: two shards in one invocation would share its memory and its sockets.
        batchSize: 1,
        // Jobs taken beyond the reserved concurrency would only be throttled, and given up after two times.
        maxConcurrency: Math.max(leastProbes, Math.min(maxProbes, options.reservedConcurrency ?? maxProbes)),
        reportBatchItemFailures: true,
      }),
    )

    // An alarm is heard only in a home, and costs as much as a check's results everywhere.
    if (config.homes.includes(voter)) this.#makeAlarms(props)
  }

  /**
   * CloudWatch publishes to topics of its own region only, and those are where the homes are. What an alarm of
   * another region would see, the home's sweep sees as ballots that do not come, and tells.
   */
  #makeAlarms({ config: { operators }, voter }: ProbeStackProps): void {
    const arn = operators && this.formatArn({ service: 'sns', resource: topicName(operators) })
    const alarmTopic = arn === undefined ? undefined : Topic.fromTopicArn(this, 'operators', arn)
    for (const file of ['schedule', 'probe'] as const) {
      makeAlarm(this, `${file}-errors`, {
        description: `The function ${file} in ${voter} failed at least 3 times in 5 minutes: see its log.`,
        metric: functionMetric(file, 'Errors'),
        threshold: 3,
        alarmTopic,
      })
    }
    makeAlarm(this, 'jobs-dead', {
      description: `A job of ${voter} was given up. ${readThenPurge(deadLetterNames.jobs)}`,
      metric: queueMetric(deadLetterNames.jobs, 'ApproximateNumberOfMessagesVisible', {
        statistic: 'Maximum',
      }),
      threshold: 1,
      alarmTopic,
    })
  }
}
