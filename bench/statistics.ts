import { nearestRank } from '../shared/history/hour.ts'

/** The value that `share` of all do not exceed. `values`: at least one, in any order. */
export function percentile(values: readonly number[], share: number): number {
  return nearestRank(
    values.toSorted((a, b) => a - b),
    share,
  )
}

/** What noise on a shared machine moves least. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}
