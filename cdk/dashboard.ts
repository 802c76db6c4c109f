import { Dashboard, GraphWidget, type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import type { Config } from '../shared/config/config.ts'
import { functionMetric, queueMetric, tableMetric } from './alarms.ts'
import { deadLetterNames } from './dead-letters.ts'
import { jobQueueName } from './names.ts'

/**
 * Creates the dashboard of the monitor's own health in all regions. Dashboard names are global to an account, so there
 * is one, in the stack of the first home.
 */
export function makeDashboard(scope: Construct, { regions, homes }: Config): Dashboard {
  const dashboard = new Dashboard(scope, 'dashboard', { dashboardName: 'upquorum' })
  const graph = (title: string, left: IMetric[]) => new GraphWidget({ title, left, width: 12 })
  const each = (list: readonly string[], metric: (region: string) => IMetric) => list.map(metric)
  dashboard.addWidgets(
    graph(
      'Missed ticks per voter, and failed probes among them',
      regions.flatMap((region) => [missed(region), failed(region)]),
    ),
    graph(
      'Schedule: errors',
      each(regions, (region) => functionMetric('schedule', 'Errors', { region }).with({ label: region })),
    ),
    graph(
      'Probe: duration, ms',
      each(regions, (region) =>
        functionMetric('probe', 'Duration', { region, statistic: 'p99' }).with({ label: region }),
      ),
    ),
    graph('Throttled invocations', [
      ...each(regions, (region) =>
        functionMetric('probe', 'Throttles', { region }).with({ label: `probe ${region}` }),
      ),
      ...each(homes, (region) =>
        functionMetric('quorum', 'Throttles', { region }).with({ label: `quorum ${region}` }),
      ),
    ]),
    graph(
      'Age of the oldest stream record, ms',
      homes.flatMap((region) =>
        (['quorum', 'notify'] as const).map((file) =>
          functionMetric(file, 'IteratorAge', { region, statistic: 'Maximum' }).with({
            label: `${file} ${region}`,
          }),
        ),
      ),
    ),
    graph(
      'Quorum, notify, sweep, audit: errors',
      homes.flatMap((region) =>
        (['quorum', 'notify', 'sweep', 'audit'] as const).map((file) =>
          functionMetric(file, 'Errors', { region }).with({ label: `${file} ${region}` }),
        ),
      ),
    ),
    graph('Dead letters', [
      ...each(regions, (region) => waiting(deadLetterNames.jobs, region)),
      ...homes.flatMap((region) => [
        waiting(deadLetterNames.records, region),
        waiting(deadLetterNames.undelivered, region),
      ]),
    ]),
    graph(
      'Table: write units, throttles',
      homes.flatMap((region) => [
        tableMetric('ConsumedWriteCapacityUnits', region).with({ label: `units ${region}` }),
        tableMetric('WriteThrottleEvents', region).with({ label: `throttles ${region}` }),
      ]),
    ),
  )
  return dashboard
}

/**
 * Missed ticks: failed invocations of the probe, plus jobs sent but never deleted from the queue. The probe fails once
 * for a job that comes too late, and when a home does not accept the ballot.
 */
function missed(region: string): IMetric {
  const id = region.replaceAll('-', '')
  return new MathExpression({
    label: region,
    searchRegion: region,
    expression: `FILL(failed${id}, 0) + FILL(sent${id}, 0) - FILL(done${id}, 0)`,
    usingMetrics: {
      [`failed${id}`]: failed(region),
      [`sent${id}`]: queueMetric(jobQueueName, 'NumberOfMessagesSent', { region }),
      [`done${id}`]: queueMetric(jobQueueName, 'NumberOfMessagesDeleted', { region }),
    },
  })
}

function failed(region: string): IMetric {
  return functionMetric('probe', 'Errors', { region }).with({ label: `failed ${region}` })
}

function waiting(queueName: string, region: string): IMetric {
  return queueMetric(queueName, 'ApproximateNumberOfMessagesVisible', { region, statistic: 'Maximum' }).with({
    label: `${queueName} ${region}`,
  })
}
