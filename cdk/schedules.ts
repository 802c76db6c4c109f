import { Stack } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler'
import type { Construct } from 'constructs'

/** Invokes a function every minute, with that minute in the payload. */
export function everyMinute(scope: Construct, id: string, target: IFunction): CfnSchedule {
  return callAt(scope, id, target, { description: 'Every minute, on the minute', cron: '* * * * ? *' })
}

/** Invokes a function every day at 09:00 UTC. */
export function everyDay(scope: Construct, id: string, target: IFunction): CfnSchedule {
  return callAt(scope, id, target, { description: 'Every day at 09:00 UTC', cron: '0 9 * * ? *' })
}

/**
 * Creates a schedule. `cron` is aligned to the clock, whereas `rate` counts from the schedule's creation. Failed and
 * late invocations are dropped, since the next one follows.
 *
 * An L1 construct, because the CDK's own target also grants the permission to invoke every version of the function.
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
      // 60 s is the minimum of the Scheduler.
      retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
    },
  })
  schedule.node.addDependency(role)
  return schedule
}
