import { Stack } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler'
import type { Construct } from 'constructs'

/** Calls a function once in every minute, with that minute in the payload. */
export function everyMinute(scope: Construct, id: string, target: IFunction): CfnSchedule {
  return callAt(scope, id, target, { description: 'Each minute, on the minute', cron: '* * * * ? *' })
}

/** Calls a function once a day, at nine o'clock UTC. */
export function everyDay(scope: Construct, id: string, target: IFunction): CfnSchedule {
  return callAt(scope, id, target, { description: 'Each day at nine', cron: '0 9 * * ? *' })
}

/**
 * `cron` is aligned to the clock, `rate` would be to the moment of its creation. A call that is late is not made:
 * the next one will be.
 *
 * The schedule is written out because the construct library's own grants the right to call every version of
 * the function besides.
 */
function callAt(
  scope: Construct,
  id: string,
  target: IFunction,
  { description, cron }: { readonly description: string; readonly cron: string },
): CfnSchedule {
  const role = new Role(scope, `${id}-role`, {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
    description: `Lets the Scheduler call ${id}`,
  })
  role.addToPolicy(
    new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [target.functionArn] }),
  )
  const schedule = new CfnSchedule(scope, id, {
    description,
    scheduleExpression: `cron(${cron})`,
    scheduleExpressionTimezone: 'UTC',
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: target.functionArn,
      roleArn: role.roleArn,
      input: JSON.stringify({ time: '<aws.scheduler.scheduled-time>' }),
      // 60 s is the least that the Scheduler takes.
      retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
    },
  })
  schedule.node.addDependency(role)
  return schedule
}
