import type { PlanVersion, ShardId, Tick } from '../check.ts'
import type { Clock } from '../clock.ts'
import type { PlanSource } from './homes.ts'
import type { PlanEntry, PlanIndex, ShardPlan } from './plan.ts'
import { cachedMs, entryAt } from './schedule.ts'

/** Reads plans and caches them while warm: documents indefinitely, `CURRENT` for a minute. */
export interface PlanReader {
  /** Which plan holds when, oldest first. */
  entries(): Promise<readonly PlanEntry[]>
  /** The plan that holds at `tick`. */
  entryAt(tick: Tick): Promise<PlanEntry | undefined>
  /** Throws when the table has no such plan, because a plan is written before it is announced. */
  index(version: PlanVersion): Promise<PlanIndex>
  /** A shard's document; undefined if the plan has no such shard. */
  shard(version: PlanVersion, shard: ShardId): Promise<ShardPlan | undefined>
}

/** The name of the index document beside the shards' documents. */
export const indexPart = '~index'

/**
 * Cache limit in JSON characters; the oldest documents are evicted. Parsed, this fits into a function of 256 MB: 80
 * documents of maximum size, or about 200 of usual size. With less, a sweep, which reads every shard each minute, would
 * read all of them again each time.
 */
export const keptCharacters = 16 * 1024 ** 2

export function planReader(store: PlanSource, clock: Clock): PlanReader {
  let current: { entries: readonly PlanEntry[]; untilMs: number } | undefined
  const documents = new Map<string, Promise<unknown>>()
  const lengths = new Map<string, number>()
  let kept = 0

  function keep(key: string, length: number): void {
    lengths.set(key, length)
    kept += length
    for (const [oldest, itsLength] of lengths) {
      if (kept <= keptCharacters) break
      lengths.delete(oldest)
      documents.delete(oldest)
      kept -= itsLength
    }
  }

  function document<T>(version: PlanVersion, part: string): Promise<T | undefined> {
    const key = `${version}#${part}`
    const known = documents.get(key)
    if (known !== undefined) return known as Promise<T | undefined>
    const reading = store.document(version, part).then((json) => {
      // A missing document may be written later, so only found ones are cached.
      if (json === undefined) {
        documents.delete(key)
        return undefined
      }
      const parsed = JSON.parse(json) as T
      keep(key, json.length)
      return parsed
    })
    documents.set(key, reading)
    reading.catch(() => documents.delete(key))
    return reading
  }

  async function entries(): Promise<readonly PlanEntry[]> {
    if (current === undefined || current.untilMs <= clock.now()) {
      current = { entries: (await store.currentPlan()).entries, untilMs: clock.now() + cachedMs }
    }
    return current.entries
  }

  return {
    entries,
    entryAt: async (tick) => entryAt(await entries(), tick),
    async index(version) {
      const index = await document<PlanIndex>(version, indexPart)
      if (index === undefined) throw new Error(`the plan ${version} is announced but not in the table`)
      return index
    },
    shard: (version, shard) => document<ShardPlan>(version, shard),
  }
}
