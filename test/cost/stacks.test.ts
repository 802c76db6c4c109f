import { afterAll, expect, test } from 'vitest'
import { cloudGraceMs } from '../../functions/runtime/settings.ts'
import { dashboardMetrics, jitterMs, memoryMb } from '../../shared/cost/units.ts'
import { jitterMs as probesJitterMs } from '../../shared/probing/cast.ts'
import { everything, inWords, propertiesOf, synth } from '../cdk/synth.ts'

// The estimate's assumptions about the deployment must match the stacks.

const assembly = synth(everything)
afterAll(assembly.remove)
const stacks = ['upquorum-home-us-east-1', 'upquorum-probe-us-east-1']

test('the memory of every function that is billed each minute', () => {
  const deployed = stacks.flatMap((stack) =>
    propertiesOf(assembly, stack, 'AWS::Lambda::Function').map(({ FunctionName, MemorySize }) => [
      String(FunctionName).replace('upquorum-', ''),
      MemorySize,
    ]),
  )
  expect(Object.fromEntries(deployed)).toMatchObject(memoryMb)
})

test('the schedules: one a minute for each home and each region', () => {
  const perMinute = stacks.flatMap((stack) =>
    propertiesOf(assembly, stack, 'AWS::Scheduler::Schedule').filter(
      ({ ScheduleExpression }) => ScheduleExpression === 'cron(* * * * ? *)',
    ),
  )
  expect(perMinute).toHaveLength(2)
})

test('the metrics on the dashboard', () => {
  const [dashboard] = propertiesOf(assembly, stacks[0]!, 'AWS::CloudWatch::Dashboard')
  const { widgets } = JSON.parse(inWords(dashboard!.DashboardBody) as string) as {
    widgets: { properties: { metrics?: readonly (readonly unknown[])[] } }[]
  }
  // An expression is not billed as a metric, but its inputs are.
  const metrics = widgets
    .flatMap(({ properties }) => properties.metrics ?? [])
    .filter(([namespace]) => typeof namespace === 'string')
  expect(metrics).toHaveLength(dashboardMetrics(2, 1))
})

test('the jitter of a probe', () => {
  expect(probesJitterMs(cloudGraceMs)).toBe(jitterMs)
})
