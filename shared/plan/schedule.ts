import { type ShardId, type Tick, tickAtOrAfter, tickAtOrBefore, type VoterName } from '../check.ts'
import type { PlanEntry, PlanIndex } from './plan.ts'

/** How long a superseded plan is kept: older ticks are no longer decided. */
export const keptSeconds = 3600

/** Minimum time between an apply and the tick from which it holds: longer than any voter's cached copy lives. */
export const leadSeconds = 180

/** How long a voter may use its cached `CURRENT` item. */
export const cachedMs = 60_000

/** The plan that holds at `tick`: the newest with `from` at or before it. */
export function entryAt(entries: readonly PlanEntry[], tick: Tick): PlanEntry | undefined {
  return entries.findLast((entry) => entry.from <= tick)
}

/**
 * The entries after an apply: those that hold for a tick still to be decided, those that are `needed`, and the new one.
 * An announced plan whose `from` is not before the new one's is dropped.
 *
 * @param needed superseded plans that must be kept although they are old enough; with one, all after it are kept.
 */
export function withEntry(
  entries: readonly PlanEntry[],
  entry: PlanEntry,
  nowSeconds: number,
  needed: ReadonlySet<PlanEntry> = new Set(),
): readonly PlanEntry[] {
  const earlier = entries.filter((other) => other.from < entry.from)
  const oldest = Math.max(0, oldestToDecide(earlier, nowSeconds))
  const first = earlier.findIndex((other, index) => index >= oldest || needed.has(other))
  return [...earlier.slice(first === -1 ? 0 : first), entry]
}

/** The position of the oldest entry that holds for a tick still to be decided; -1 where all do. */
export function oldestToDecide(entries: readonly PlanEntry[], nowSeconds: number): number {
  return entries.findLastIndex((entry) => entry.from <= nowSeconds - keptSeconds)
}

/** The tick from which a plan applied now holds everywhere: the first whole minute after the lead. */
export function holdsFrom(nowSeconds: number): Tick {
  return tickAtOrAfter(nowSeconds + leadSeconds, 60)
}

/** One shard at one tick, to be probed by one voter. */
export interface Job {
  readonly shard: ShardId
  readonly tick: Tick
}

/** The time in which a plan holds: from `first` (included) to `end` (excluded), epoch seconds. */
export interface Span {
  readonly entry: PlanEntry
  readonly first: number
  readonly end: number
}

/** The plans that hold from `from` (included) to `to` (excluded), each with its part of that time. */
export function spansBetween(entries: readonly PlanEntry[], from: number, to: number): readonly Span[] {
  return entries
    .map((entry, position) => ({
      entry,
      first: Math.max(from, entry.from),
      end: Math.min(to, entries[position + 1]?.from ?? to),
    }))
    .filter(({ first, end }) => first < end)
}

/**
 * The jobs of one voter in the ticks from `from` (included) to `to` (excluded), by tick.
 *
 * @param indexOf called only for plans that hold in that time.
 */
export function jobsBetween(
  entries: readonly PlanEntry[],
  indexOf: (entry: PlanEntry) => PlanIndex,
  voter: VoterName,
  from: number,
  to: number,
): readonly Job[] {
  const jobs: Job[] = []
  for (const { entry, first, end } of spansBetween(entries, from, to)) {
    for (const { shard, intervalSeconds, voters } of indexOf(entry).shards) {
      if (!voters.includes(voter)) continue
      const last = tickAtOrBefore(end - 1, intervalSeconds)
      for (
        let tick = tickAtOrAfter(first, intervalSeconds);
        tick <= last;
        tick = (tick + intervalSeconds) as Tick
      ) {
        jobs.push({ shard, tick })
      }
    }
  }
  return jobs.sort((a, b) => a.tick - b.tick)
}
