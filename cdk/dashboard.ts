import { Dashboard, GraphWidget, type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import type { Config } from '../shared/config/config.ts'
import { functionMetric, queueMetric, tableMetric } from './alarms.ts'
import { deadLetterNames } from './dead-letters.ts'
import { jobQueueName } from './names.ts'

/**
 * The monitor's own health on one page, all regions together. A dashboard's name is the account's, whatever
 * the region, so there is one, in the first home.
 */
export function makeDashboard(scope: Construct, { regions, homes }: Config): Dashboard {
  const dashboard = new Dashboard(scope, 'dashboard', { dashboardName: 'upquorum' })
  const graph = (title: string, left: IMetric[]) => new GraphWidget({ title, left, width: 12 })
  const each = (places: readonly string[], metric: (region: string) => IMetric) => places.map(metric)
  dashboard.addWidgets(
    graph('Ticks missed per voter: jobs queued and not done', each(regions, missed)),
    graph(
      'Schedule, probe: errors',
      regions.flatMap((region) =>
        (['schedule', 'probe'] as const).map((file) =>
          functionMetric(file, 'Errors', { region }).with({ label: `${file} ${region}` }),
        ),
      ),
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

/** A job is deleted when its ballot is written, so what was sent and not deleted is a missed tick. */
function missed(region: string): IMetric {
  const id = region.replaceAll('-', '')
  return new MathExpression({
    label: region,
    searchRegion: region,
    expression: `FILL(sent${id}, 0) - FILL(done${id}, 0)`,
    usingMetrics: {
      [`sent${id}`]: queueMetric(jobQueueName, 'NumberOfMessagesSent', { region }),
      [`done${id}`]: queueMetric(jobQueueName, 'NumberOfMessagesDeleted', { region }),
    },
  })
}

function waiting(queueName: string, region: string): IMetric {
  return queueMetric(queueName, 'ApproximateNumberOfMessagesVisible', { region, statistic: 'Maximum' }).with({
    label: `${queueName} ${region}`,
  })
}
