import type { PlanVersion, ShardId, Tick } from '../check.ts'
import type { Clock } from '../clock.ts'
import type { Store } from '../store/store.ts'
import type { PlanEntry, PlanIndex, ShardPlan } from './plan.ts'
import { cachedMs, entryAt } from './schedule.ts'

/** Reads plans, keeping what it has read while warm: documents for good, `CURRENT` for a minute. */
export interface PlanReader {
  /** Which plan holds when, oldest first. */
  entries(): Promise<readonly PlanEntry[]>
  /** The plan that holds at `tick`. */
  entryAt(tick: Tick): Promise<PlanEntry | undefined>
  /** Throws when the table has no such plan: it is written before it is announced. */
  index(version: PlanVersion): Promise<PlanIndex>
  /** A shard's document; undefined where that plan has no such shard. */
  shard(version: PlanVersion, shard: ShardId): Promise<ShardPlan | undefined>
}

/** The name of the index document beside the shards' documents. */
export const indexPart = '~index'

/** At most this many parsed documents are kept; the oldest goes first. */
const keptDocuments = 64

export function planReader(store: Store, clock: Clock): PlanReader {
  let current: { entries: readonly PlanEntry[]; untilMs: number } | undefined
  const documents = new Map<string, Promise<unknown>>()

  function document<T>(version: PlanVersion, part: string): Promise<T | undefined> {
    const key = `${version}#${part}`
    const kept = documents.get(key)
    if (kept !== undefined) return kept as Promise<T | undefined>
    const reading = store.document(version, part).then((json) => {
      // What is not there yet may be written later: only what was found is kept.
      if (json === undefined) documents.delete(key)
      return json === undefined ? undefined : (JSON.parse(json) as T)
    })
    documents.set(key, reading)
    reading.catch(() => documents.delete(key))
    if (documents.size > keptDocuments) documents.delete(documents.keys().next().value!)
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
