import { Duration } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, type IMetric, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import { type FunctionFile, functionName, tableName } from './names.ts'

interface AlarmSettings {
  /** What it means and what to look at: the text of the alert. */
  readonly description: string
  readonly metric: IMetric
  /** It goes off at this value and above, or below it where `below`. */
  readonly threshold: number
  readonly below?: boolean
  /** Periods in a row. */
  readonly periods?: number
  /** Who hears of it; nobody in a region without the operators' topic. */
  readonly alarmTopic: ITopic | undefined
}

/**
 * CloudWatch looks at the time before an alarm was made too, and finds the same silence there however many periods
 * it looks at: a new alarm of silence goes off first, and is over with the first call.
 */
const atFirst = ' Just after the first deployment it says only that nothing has run yet, and an OK follows.'

/** An alarm; silence counts as wrong where a value must be reached, as good where it must not. */
export function makeAlarm(scope: Construct, id: string, settings: AlarmSettings): Alarm {
  const { description, metric, threshold, below = false, periods = 1, alarmTopic } = settings
  const alarm = new Alarm(scope, `alarm-${id}`, {
    alarmName: `upquorum-${id}`,
    alarmDescription: `${description}${below ? atFirst : ''}`,
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

/** What to do about a dead letter: the alarm lasts for as long as one is there, 14 days. */
export function readThenPurge(queueName: string): string {
  return `It is in the queue ${queueName}: read it there ("Poll for messages" in the console), then purge the queue, so that the next one is heard.`
}

/** A metric of a function, summed over five minutes unless another statistic or period says more. */
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

/** A metric of a queue, summed over five minutes unless another statistic says more. */
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

/** A metric of a home's table. */
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
