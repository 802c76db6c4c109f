import { nearestRank } from '../shared/history/hour.ts'

/** The smallest value that at least `share` of all values do not exceed. `values`: at least one, in any order. */
export function percentile(values: readonly number[], share: number): number {
  return nearestRank(
    values.toSorted((a, b) => a - b),
    share,
  )
}

/** The statistic least affected by noise on a shared machine. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}
