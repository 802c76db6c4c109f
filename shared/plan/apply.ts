import type { Tick } from '../check.ts'
import type { Config } from '../config/config.ts'
import type { Store } from '../store/store.ts'
import { makePlan } from './make.ts'
import { maxShardBytes, type Plan, type PlanEntry, type ShardPlan } from './plan.ts'
import { indexPart } from './reader.ts'
import { withEntry } from './schedule.ts'

export interface Applied {
  readonly plan: Plan
  /** The tick from which it holds. */
  readonly from: Tick
  /** False: the newest plan in the table is this very one. */
  readonly changed: boolean
}

/**
 * Makes `config` the plan that holds from `from` on. The documents are written first and announced last,
 * in one conditional write: whoever reads sees the old plan or the whole new one.
 *
 * @throws when a shard's document is too large, or when somebody else applied a plan at the same time.
 *   The plan in force is then untouched.
 */
export async function applyPlan(
  store: Store,
  config: Config,
  from: Tick,
  nowSeconds: number,
): Promise<Applied> {
  const current = await store.currentPlan()
  const newest = current.entries.at(-1)
  const plan = await makePlan(config, newest === undefined ? [] : await readShards(store, newest))
  if (plan.index.version === newest?.version) return { plan, from: newest.from, changed: false }

  const documents = plan.shards.map((shard) => ({ part: shard.shard as string, json: JSON.stringify(shard) }))
  for (const { part, json } of documents) {
    const bytes = new TextEncoder().encode(json).length
    if (bytes > maxShardBytes) {
      throw new Error(
        `shard ${part} takes ${bytes} bytes, at most ${maxShardBytes} are allowed: shorten its checks`,
      )
    }
  }
  for (const { part, json } of documents) await store.putDocument(plan.index.version, part, json)
  await store.putDocument(plan.index.version, indexPart, JSON.stringify(plan.index))
  const entries = withEntry(current.entries, { version: plan.index.version, from }, nowSeconds)
  if ((await store.putCurrentPlan({ ...current, entries })) === 'conflict') {
    throw new Error('another plan was applied at the same moment; look at it, then apply again')
  }
  return { plan, from, changed: true }
}

async function readShards(store: Store, entry: PlanEntry): Promise<readonly ShardPlan[]> {
  const json = await store.document(entry.version, indexPart)
  if (json === undefined) return []
  const { shards } = JSON.parse(json) as Plan['index']
  const documents = await Promise.all(shards.map(({ shard }) => store.document(entry.version, shard)))
  return documents.flatMap((document) => (document === undefined ? [] : [JSON.parse(document) as ShardPlan]))
}
