import { parseConfig } from '../shared/config/parse.ts'
import { estimate } from '../shared/cost/estimate.ts'
import { pricesOf } from '../shared/cost/prices.ts'
import { makePlan } from '../shared/plan/make.ts'
import type { Bench, Line } from './bench.ts'

const regions = ['us-east-1', 'eu-west-1', 'ap-southeast-2', 'sa-east-1', 'eu-north-1', 'us-west-2']
const sizes = [
  [100, 4],
  [10_000, 6],
] as const
const kinds = [
  ['TCP', "tcp: { address: 'example.com:443' }"],
  ['HTTPS', 'http: { url: https://example.com/ }'],
] as const

/** Dollars a month, as `upquorum cost` estimates them. */
export const cost: Bench = {
  name: 'cost',
  title: 'Dollars a month at an interval of 60 s',
  async run({ progress }) {
    const lines: Line[] = []
    for (const [checks, voters] of sizes) {
      for (const [kind, check] of kinds) {
        const what = `${checks.toLocaleString('en')} ${kind} checks × ${voters} regions`
        progress(`cost: ${what}`)
        lines.push({ what, values: await costOf(checks, voters, check) })
      }
    }
    return { notes, lines }
  },
}

const notes = [
  `The estimate of \`upquorum cost\`, from shared/cost/units.ts: us-east-1 list prices of ${pricesOf}; no outage, one home.`,
  "after free: less every account's monthly free tier. Most of the cost of HTTPS is the traffic of TLS handshakes.",
]

async function costOf(checks: number, voters: number, check: string): Promise<Line['values']> {
  const list = Array.from({ length: checks }, (_, index) => `  - { name: check-${index}, ${check} }`)
  const { config, errors } = parseConfig(
    `regions: [${regions.slice(0, voters).join(', ')}]\nchecks:\n${list.join('\n')}\n`,
    'bench.yaml',
  )
  if (config === undefined) throw new Error(errors.map(({ message }) => message).join('\n'))
  const { usd, afterFreeUsd, services, route53Usd, syntheticsUsd } = estimate(config, await makePlan(config))
  const of = (name: string) => services.find(({ service }) => service === name)!.usd
  return {
    list: usd,
    'after free': afterFreeUsd,
    'per check': usd / checks,
    DynamoDB: of('DynamoDB'),
    Lambda: of('Lambda'),
    CloudWatch: of('CloudWatch'),
    'data out': of('data out'),
    'Route 53': route53Usd,
    Synthetics: syntheticsUsd,
  }
}
