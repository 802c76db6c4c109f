import type { Estimate } from '../shared/cost/estimate.ts'
import { pricesOf } from '../shared/cost/prices.ts'

/** What a deployment will cost, in the one line that stands at the end of a synth. */
export function costSummary({
  usd,
  afterFreeUsd,
  checks,
}: Pick<Estimate, 'usd' | 'afterFreeUsd' | 'checks'>): string {
  return `about $${usd.toFixed(2)} a month for ${checks} ${checks === 1 ? 'check' : 'checks'} at list prices of ${pricesOf}, $${afterFreeUsd.toFixed(2)} after what is free; "upquorum cost" says of what`
}
