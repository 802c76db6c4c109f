import type { Command } from 'commander'
import { type Estimate, estimate } from '../../shared/cost/estimate.ts'
import { dearestElsewhere, pricesOf } from '../../shared/cost/prices.ts'
import { type Resilience, resilienceOf } from '../../shared/cost/resilience.ts'
import type { Usage } from '../../shared/cost/usage.ts'
import { makePlan } from '../../shared/plan/make.ts'
import { formatSpan } from '../../shared/text/duration.ts'
import { countOf, groupThousands } from '../../shared/text/number.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { defaultFile, readConfig } from './configuration.ts'

export function define(command: Command): void {
  command
    .description(
      'Estimates the monthly AWS cost of a configuration by service, from measured units and list prices, and ' +
        'compares it with Route 53 health checks and CloudWatch Synthetics. Also tells how soon an outage is ' +
        'alerted, with all voters and homes and without some. Makes no network requests.',
    )
    .argument('[file]', 'the configuration', defaultFile)
    .option('--json', 'print one JSON object')
    .action(cost)
}

async function cost(file: string, { json }: { readonly json?: true }) {
  const config = readConfig(file)
  const plan = await makePlan(config)
  const estimated = estimate(config, plan)
  const resilience = resilienceOf(config, plan.shards)
  if (json) console.log(JSON.stringify({ type: 'cost', pricesOf, ...estimated, ...resilience }))
  else for (const line of render(estimated, resilience)) console.log(line)
}

interface Row {
  readonly what: string
  readonly usd: number
  readonly afterFreeUsd: number
  readonly used?: Estimate['services'][number]['used']
  /** Show tenths of cents: a single check costs less than a cent can express. */
  readonly isOfOne?: boolean
}

/** How each unit is written after its number. */
const unitNames: Readonly<Record<keyof Usage, string>> = {
  writes: ' writes',
  reads: ' reads',
  storageGb: ' GB',
  backupGb: ' GB of backup',
  lambdaRequests: ' invocations',
  lambdaGbSeconds: ' GB-s',
  queueRequests: ' requests',
  schedules: ' calls',
  alarms: ' alarms',
  dashboards: ' dashboard',
  largeDashboards: ' dashboard of more than 50 metrics',
  dataOutGb: ' GB',
  betweenRegionsGb: ' GB between regions',
  runners: ' t4g.nano, with address and disk',
}
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 2 })

const columns: readonly Column<Row>[] = [
  { title: 'USD per month', text: ({ what }) => what },
  { title: 'list price', align: 'right', text: ({ usd, isOfOne }) => inColumn(usd, isOfOne) },
  {
    title: 'after free tier',
    align: 'right',
    text: ({ afterFreeUsd, isOfOne }) => inColumn(afterFreeUsd, isOfOne),
  },
  { title: 'usage', text: ({ used = {} }) => spellUsed(used) },
]

const dollars = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const tenthsOfCents = new Intl.NumberFormat('en', { minimumFractionDigits: 3, maximumFractionDigits: 3 })

/** Formats a price so that all decimal points in the column line up. */
function inColumn(usd: number, isOfOne = false): string {
  return isOfOne ? tenthsOfCents.format(usd) : `${dollars.format(usd)} `
}

function spellUsed(used: Partial<Usage>): string {
  return Object.entries(used)
    .filter(([, units]) => units > 0)
    .map(([key, units]) => `${short.format(units)}${unitNames[key as keyof Usage]}`)
    .join(', ')
}

function render(
  { services, usd, afterFreeUsd, checks, results, silentUsd, route53Usd, syntheticsUsd }: Estimate,
  resilience: Resilience,
): readonly string[] {
  const rows = [
    ...services.map(({ service, ...costs }) => ({ what: service, ...costs })),
    { what: 'total', usd, afterFreeUsd },
    ...(checks === 0
      ? []
      : [{ what: 'per check', usd: usd / checks, afterFreeUsd: afterFreeUsd / checks, isOfOne: true }]),
  ]
  return [
    ...renderTable(rows, columns).map((row) => row.trimEnd()),
    '',
    `${countOf(checks, 'check')}, ${groupThousands(Math.round(results))} results a month; us-east-1 list prices of ${pricesOf}; other regions cost up to ${Math.round(dearestElsewhere * 100)} % more`,
    `not included: alerts (above all SMS), error logs, waiting for a check that stays silent (up to $${dollars.format(silentUsd)} a month), reading secrets, X-Ray, cold starts, S3, tax`,
    `the same with Route 53 health checks: $${dollars.format(route53Usd)}; with CloudWatch Synthetics: $${dollars.format(syntheticsUsd)}`,
    ...spellResilience(resilience),
  ]
}

function spellResilience({
  detectionSeconds,
  detectionWithLossSeconds,
  votersToLose,
  homesToLose,
}: Resilience): readonly string[] {
  const losses = [
    ...(votersToLose === 0 ? [] : [countOf(votersToLose, 'voter')]),
    ...(homesToLose === 0 ? [] : [countOf(homesToLose, 'home')]),
  ]
  return [
    `worst-case time to announce an outage: ${spellDetection(detectionSeconds)}`,
    losses.length === 0
      ? 'no voter or home may be down meanwhile'
      : `with ${losses.join(' and ')} down: ${spellDetection(detectionWithLossSeconds)}`,
  ]
}

/** Rounds up to whole seconds, or to whole minutes from two minutes on. */
function spellDetection({ quickest, slowest }: Resilience['detectionSeconds']): string {
  const [first, last] = [quickest, slowest].map((seconds) =>
    formatSpan(seconds < 120 ? Math.ceil(seconds) : Math.ceil(seconds / 60) * 60),
  )
  return first === last ? first! : `${first} (the fastest check) to ${last} (the slowest)`
}
