import type { Estimate } from '../shared/cost/estimate.ts'
import { pricesOf } from '../shared/cost/prices.ts'

/** The line printed at the end of a synth: what a deployment will cost. */
export function costSummary({
  usd,
  afterFreeUsd,
  checks,
}: Pick<Estimate, 'usd' | 'afterFreeUsd' | 'checks'>): string {
  return `about $${usd.toFixed(2)} a month for ${checks} ${checks === 1 ? 'check' : 'checks'} at list prices of ${pricesOf}, $${afterFreeUsd.toFixed(2)} after the free tier; for details run "upquorum cost"`
}
