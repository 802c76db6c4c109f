import { Duration } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import type { ContactName } from '../shared/check.ts'
import type { Config } from '../shared/config/config.ts'
import { functionMetric, makeAlarm } from './alarms.ts'
import { makeFunction } from './function.ts'
import type { Options } from './options.ts'
import { everyDay } from './schedules.ts'
import { shipFile } from './shipped-file.ts'

/** Creates the daily check for endpoints that receive no alerts. Needs `operators`, the contact to notify. */
export function makeAudit(
  scope: Construct,
  { contacts, operators }: Config,
  topics: ReadonlyMap<ContactName, ITopic>,
  settings: { readonly options: Options; readonly environment: Readonly<Record<string, string>> },
): void {
  if (operators === undefined) return
  const audit = makeFunction(scope, 'audit', {
    ...settings,
    description: 'Tells the operators which endpoints receive no alerts',
    memoryMb: 256,
    timeoutSeconds: 60,
    commandHooks: shipFile(scope, 'audited', JSON.stringify({ contacts, operators })),
  })
  audit.addToRolePolicy(
    new PolicyStatement({
      actions: ['sns:ListSubscriptionsByTopic'],
      resources: [...topics.values()].map(({ topicArn }) => topicArn),
    }),
  )
  audit.addToRolePolicy(
    new PolicyStatement({ actions: ['sns:Publish'], resources: [topics.get(operators)!.topicArn] }),
  )
  everyDay(scope, 'audit-day', audit)
  makeAlarm(scope, 'audit-errors', {
    description:
      'The daily audit failed, so endpoints that receive no alerts may go unnoticed. See the log /aws/lambda/upquorum-audit.',
    // A whole day, so that the alarm stays on until the next audit has run.
    metric: functionMetric('audit', 'Errors', { period: Duration.days(1) }),
    threshold: 1,
    alarmTopic: topics.get(operators),
  })
}
