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

/** The longest timeout of a check (60 s), the grace of a tick (20 s) and time to write a ballot. */
const probeTimeoutSeconds = 90
/** Maximum concurrent probes, one shard each: 20,000 checks at one tick. Bounds the damage if the queue fills up. */
const maxProbes = 100
/** The minimum of an SQS mapping (Lambda, "Configuring maximum concurrency for Amazon SQS event sources"). */
const minProbes = 2

/** A region's voter: the schedule that runs every minute, the queue that delays jobs to exact ticks, and the probe. */
export class ProbeStack extends Stack {
  constructor(scope: Construct, id: string, props: ProbeStackProps) {
    super(scope, id, props)
    const { config, options, voter } = props
    const jobs = makeQueue(this, 'jobs', {
      queueName: jobQueueName,
      // Jobs wait up to two minutes for their tick; older ones are useless after an outage.
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
      description: "Queues the next minute's jobs, each for its tick",
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
        // One job per invocation: two shards would share its memory and its sockets.
        batchSize: 1,
        // Jobs beyond the reserved concurrency would be throttled and, after two receives, become dead letters.
        maxConcurrency: Math.max(minProbes, Math.min(maxProbes, options.reservedConcurrency ?? maxProbes)),
        reportBatchItemFailures: true,
      }),
    )

    // An alarm elsewhere would notify no one, and costs as much as the results of a check from all regions.
    if (config.homes.includes(voter)) this.#makeAlarms(props)
  }

  /**
   * Creates the alarms of a voter in a home's region. CloudWatch only publishes to topics in its own region, and topics
   * exist only in homes; for a voter elsewhere, the sweep reports its missing ballots to the operators.
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
      description: `A job of ${voter} failed for good. ${readThenPurge(deadLetterNames.jobs)}`,
      metric: queueMetric(deadLetterNames.jobs, 'ApproximateNumberOfMessagesVisible', {
        statistic: 'Maximum',
      }),
      threshold: 1,
      alarmTopic,
    })
  }
}
