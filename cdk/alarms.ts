import { Duration } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, type IMetric, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import { type FunctionFile, functionName, tableName } from './names.ts'

interface AlarmSettings {
  /** The text of the alert: what the alarm means and where to look. */
  readonly description: string
  readonly metric: IMetric
  /** The alarm goes off at this value and above or, with `below`, under it. */
  readonly threshold: number
  readonly below?: boolean
  /** Number of consecutive periods; 1 by default. */
  readonly periods?: number
  /** The operators' topic; undefined in a region without it, where the alarm notifies no one. */
  readonly alarmTopic: ITopic | undefined
}

/**
 * Appended to alarms that go off on silence. CloudWatch also evaluates the time before an alarm was created, which is
 * silent for any number of periods, so such an alarm goes off at once and recovers with the first invocation.
 */
const firstDeploymentNote =
  ' Right after the first deployment it only means that nothing has run yet; an OK follows.'

/** Creates an alarm. Missing data breaches with `below`, where a minimum must be reached, and is fine otherwise. */
export function makeAlarm(scope: Construct, id: string, settings: AlarmSettings): Alarm {
  const { description, metric, threshold, below = false, periods = 1, alarmTopic } = settings
  const alarm = new Alarm(scope, `alarm-${id}`, {
    alarmName: `upquorum-${id}`,
    alarmDescription: `${description}${below ? firstDeploymentNote : ''}`,
    metric,
    threshold,
    evaluationPeriods: periods,
    comparisonOperator: below
      ? ComparisonOperator.LESS_THAN_THRESHOLD
      : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: below ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
  })
  if (alarmTopic !== undefined) {
    alarm.addAlarmAction(new SnsAction(alarmTopic))
    alarm.addOkAction(new SnsAction(alarmTopic))
  }
  return alarm
}

/** Says what to do about a dead letter. Its alarm stays on while a message is in the queue, up to 14 days. */
export function readThenPurge(queueName: string): string {
  return `It is in the queue ${queueName}: read it ("Poll for messages" in the console), then purge the queue so that the alarm can go off again.`
}

/** A metric of a function; by default the sum over five minutes. */
export function functionMetric(
  file: FunctionFile,
  metricName: 'Errors' | 'Invocations' | 'Throttles' | 'Duration' | 'IteratorAge',
  settings: { readonly region?: string; readonly statistic?: string; readonly period?: Duration } = {},
): Metric {
  return new Metric({
    namespace: 'AWS/Lambda',
    metricName,
    dimensionsMap: { FunctionName: functionName(file) },
    statistic: 'Sum',
    period: Duration.minutes(5),
    ...settings,
  })
}

/** A metric of a queue over five minutes; by default the sum. */
export function queueMetric(
  queueName: string,
  metricName: 'ApproximateNumberOfMessagesVisible' | 'NumberOfMessagesSent' | 'NumberOfMessagesDeleted',
  settings: { readonly region?: string; readonly statistic?: string } = {},
): Metric {
  return new Metric({
    namespace: 'AWS/SQS',
    metricName,
    dimensionsMap: { QueueName: queueName },
    statistic: 'Sum',
    period: Duration.minutes(5),
    ...settings,
  })
}

/** A metric of a home's table: the sum over five minutes. */
export function tableMetric(
  metricName: 'WriteThrottleEvents' | 'ReadThrottleEvents' | 'ConsumedWriteCapacityUnits',
  region: string,
): Metric {
  return new Metric({
    namespace: 'AWS/DynamoDB',
    metricName,
    dimensionsMap: { TableName: tableName },
    statistic: 'Sum',
    period: Duration.minutes(5),
    region,
  })
}
