import { expect, test } from 'vitest'
import { costSummary } from '../../cdk/cost-summary.ts'
import { estimate } from '../../shared/cost/estimate.ts'
import { makePlan } from '../../shared/plan/make.ts'
import { configOf, everything } from './synth.ts'

test.each([
  [{ checks: 1, usd: 9.087, afterFreeUsd: 0 }, '$9.09 a month for 1 check', '$0.00'],
  [{ checks: 2, usd: 0.004, afterFreeUsd: 0.001 }, '$0.00 a month for 2 checks', '$0.00'],
  [{ checks: 10_000, usd: 675.5, afterFreeUsd: 671.25 }, '$675.50 a month for 10000 checks', '$671.25'],
])(
  '%j has its price, for so many checks, from when, and where it is told of what',
  (estimated, price, free) => {
    expect(costSummary(estimated)).toBe(
      `about ${price} at list prices of November 2026, ${free} after the free tier; for details run "upquorum cost"`,
    )
  },
)

test('it is that of the estimate', async () => {
  const config = configOf(everything)
  const { usd, afterFreeUsd, ...rest } = estimate(config, await makePlan(config))
  expect(costSummary({ usd, afterFreeUsd, ...rest })).toContain(
    `about $${usd.toFixed(2)} a month for 3 checks`,
  )
  expect(usd).toBeGreaterThan(afterFreeUsd)
})
