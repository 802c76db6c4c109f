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
      'Says what a configuration costs in a month on AWS, by service, from measured units and list prices, and ' +
        'what Route 53 health checks and CloudWatch Synthetics would cost for the same. Asks nobody.',
    )
    .argument('[file]', 'the configuration', defaultFile)
    .option('--json', 'one JSON object')
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
  /** Of one check, which costs so little that cents say nothing. */
  readonly isOfOne?: boolean
}

/** How each unit is spelled behind its number. */
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
  { title: 'dollars a month', text: ({ what }) => what },
  { title: 'list price', align: 'right', text: ({ usd, isOfOne }) => inColumn(usd, isOfOne) },
  {
    title: 'after what is free',
    align: 'right',
    text: ({ afterFreeUsd, isOfOne }) => inColumn(afterFreeUsd, isOfOne),
  },
  { title: 'for', text: ({ used = {} }) => spellUsed(used) },
]

const dollars = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const tenthsOfCents = new Intl.NumberFormat('en', { minimumFractionDigits: 3, maximumFractionDigits: 3 })

/** With its point below the others. */
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
    { what: 'together', usd, afterFreeUsd },
    ...(checks === 0
      ? []
      : [{ what: 'per check', usd: usd / checks, afterFreeUsd: afterFreeUsd / checks, isOfOne: true }]),
  ]
  return [
    ...renderTable(rows, columns).map((row) => row.trimEnd()),
    '',
    `${countOf(checks, 'check')}, ${groupThousands(Math.round(results))} results a month; list prices of us-east-1, ${pricesOf}; elsewhere up to ${Math.round(dearestElsewhere * 100)} % more`,
    `not in it: alerts (SMS above all), logs of what went wrong, a check that stays silent (up to $${dollars.format(silentUsd)} a month of waiting), reading secrets, X-Ray, cold starts, S3, tax`,
    `with Route 53 health checks it would be $${dollars.format(route53Usd)}, with CloudWatch Synthetics $${dollars.format(syntheticsUsd)}`,
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
    `at worst an outage is told within ${spellDetection(detectionSeconds)}`,
    losses.length === 0
      ? 'no voter and no home may be gone meanwhile'
      : `with ${losses.join(' and ')} gone: within ${spellDetection(detectionWithLossSeconds)}`,
  ]
}

/** Whole minutes from two on: the interval is what counts. */
function spellDetection({ quickest, slowest }: Resilience['detectionSeconds']): string {
  const [first, last] = [quickest, slowest].map((seconds) =>
    formatSpan(seconds < 120 ? Math.ceil(seconds) : Math.ceil(seconds / 60) * 60),
  )
  return first === last ? first! : `${first} (the quickest check) to ${last} (the slowest)`
}
