import type { ShardId, Tick } from '../check.ts'
import type { Config } from '../config/config.ts'
import { maxShardBytes } from '../config/limits.ts'
import { makePlan } from './make.ts'
import type { Plan, PlanEntry, ShardPlan } from './plan.ts'
import type { CurrentPlan, PlanStore } from './plan-store.ts'
import { indexPart } from './reader.ts'
import { oldestToDecide, withEntry } from './schedule.ts'

export interface Applied {
  readonly plan: Plan
  /** The tick from which it holds. */
  readonly from: Tick
  /** False: the newest plan in the table is the same. */
  readonly changed: boolean
}

/** A plan that has been made but not written. */
export interface Prepared {
  readonly plan: Plan
  /** The `CURRENT` item now in the table. */
  readonly current: CurrentPlan
  readonly newest: PlanEntry | undefined
  /** The shards of the newest plan in the table. */
  readonly shards: readonly ShardPlan[]
  /** False: the newest plan in the table is the same. */
  readonly changed: boolean
}

/**
 * Makes the plan of a configuration for a table, without writing anything.
 *
 * @throws when a shard's document is too large.
 */
export async function preparePlan(store: PlanStore, config: Config): Promise<Prepared> {
  const current = await store.currentPlan()
  const newest = current.entries.at(-1)
  const shards = newest === undefined ? [] : await readShards(store, newest)
  const plan = await makePlan(config, shards)
  for (const shard of plan.shards) {
    const bytes = new TextEncoder().encode(JSON.stringify(shard)).length
    if (bytes > maxShardBytes) {
      throw new Error(
        `shard ${shard.shard} takes ${bytes} bytes, at most ${maxShardBytes} are allowed: shorten its checks`,
      )
    }
  }
  return { plan, current, newest, shards, changed: plan.index.version !== newest?.version }
}

/**
 * Makes `config` the plan from tick `from` on. The documents are written first and announced last, in one conditional
 * write, so a reader sees either the old plan or the whole new one.
 *
 * @throws when a shard's document is too large, or when another plan was applied at the same time. The plan in force
 *   is then unchanged.
 */
export async function applyPlan(
  store: PlanStore,
  config: Config,
  from: Tick,
  nowSeconds: number,
): Promise<Applied> {
  return writePlan(store, await preparePlan(store, config), from, nowSeconds)
}

/** Writes a prepared plan, as `applyPlan` does. */
export async function writePlan(
  store: PlanStore,
  { plan, current, newest, changed }: Prepared,
  from: Tick,
  nowSeconds: number,
): Promise<Applied> {
  if (newest !== undefined && !changed) return { plan, from: newest.from, changed }
  const { version } = plan.index
  for (const shard of plan.shards) await store.putDocument(version, shard.shard, JSON.stringify(shard))
  await store.putDocument(version, indexPart, JSON.stringify(plan.index))
  const entry = { version, from }
  const needed = await stillNeeded(store, current.entries, plan, entry, nowSeconds)
  const entries = withEntry(current.entries, entry, nowSeconds, needed)
  if (
    (await store.putCurrentPlan({ ...current, entries })) === 'conflict' &&
    !(await isAnnounced(store, entry))
  ) {
    throw new Error('another plan was applied at the same moment; look at it, then apply again')
  }
  return { plan, from, changed }
}

/**
 * The superseded plans that alone name a shard which has not been retired, or which still owes an alert: without the
 * plan no sweep would evaluate the shard again.
 */
async function stillNeeded(
  store: PlanStore,
  entries: readonly PlanEntry[],
  plan: Plan,
  entry: PlanEntry,
  nowSeconds: number,
): Promise<ReadonlySet<PlanEntry>> {
  const earlier = entries.filter(({ from }) => from < entry.from)
  const oldest = oldestToDecide(earlier, nowSeconds)
  const needed = new Set<PlanEntry>()
  const named = new Set(plan.index.shards.map(({ shard }) => shard))
  for (const [index, older] of [...earlier.entries()].reverse()) {
    const shards = await shardsOf(store, older)
    const alone = shards.filter((shard) => !named.has(shard))
    for (const shard of alone) named.add(shard)
    if (index >= oldest) continue
    const next = earlier[index + 1] ?? entry
    const owing = await Promise.all(alone.map((shard) => store.owes(shard, next.from)))
    if (owing.includes(true)) needed.add(older)
  }
  return needed
}

async function shardsOf(store: PlanStore, { version }: PlanEntry): Promise<readonly ShardId[]> {
  const json = await store.document(version, indexPart)
  return json === undefined ? [] : (JSON.parse(json) as Plan['index']).shards.map(({ shard }) => shard)
}

/** Whether the same plan was announced by another apply: two of the same configuration at once both succeed. */
async function isAnnounced(store: PlanStore, { version, from }: PlanEntry): Promise<boolean> {
  const { entries } = await store.currentPlan()
  return entries.some((entry) => entry.version === version && entry.from === from)
}

async function readShards(store: PlanStore, entry: PlanEntry): Promise<readonly ShardPlan[]> {
  const json = await store.document(entry.version, indexPart)
  if (json === undefined) return []
  const { shards } = JSON.parse(json) as Plan['index']
  const documents = await Promise.all(shards.map(({ shard }) => store.document(entry.version, shard)))
  return documents.flatMap((document) => (document === undefined ? [] : [JSON.parse(document) as ShardPlan]))
}
