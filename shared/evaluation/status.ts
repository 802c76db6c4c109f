import type { CheckName, ContactName, ShardId, Status, Tick } from '../check.ts'
import { mapConcurrently } from '../concurrency.ts'
import type { PlannedCheck, ShardPlan } from '../plan/plan.ts'
import type { PlanReader } from '../plan/reader.ts'
import { onlineRow, pendingRow, type Row } from '../quorum/advance.ts'
import { cursorOf } from '../quorum/outbox.ts'
import type { Store } from '../store/store.ts'

/** The status of one check of the plan in force. */
export interface CheckStatus {
  readonly check: PlannedCheck
  readonly shard: ShardId
  readonly status: Status
  readonly row: Row
  /** The shard's last closed tick; absent before the first one. */
  readonly tick?: Tick
  /** Contacts that have not been alerted of the latest change yet. */
  readonly undelivered: readonly ContactName[]
}

/** Maximum shards read at once: each takes two reads, and the SDK warns beyond its 50 sockets. */
const concurrentShards = 16

/** The status of every check of the plan in force at `tick`, in the plan's order. */
export async function checkStatuses(
  store: Store,
  plans: PlanReader,
  tick: Tick,
): Promise<readonly CheckStatus[]> {
  const entries = await plans.entries()
  const entry = (await plans.entryAt(tick)) ?? entries.at(-1)
  if (entry === undefined) return []
  const { shards } = await plans.index(entry.version)
  const { done, failed } = await mapConcurrently(concurrentShards, shards, async ({ shard }) => {
    const document = await plans.shard(entry.version, shard)
    return document === undefined ? [] : await statusesOf(document, store, plans)
  })
  if (failed[0] !== undefined) throw failed[0][1]
  return done.flatMap(([, statuses]) => statuses)
}

async function statusesOf(
  document: ShardPlan,
  store: Store,
  plans: PlanReader,
): Promise<readonly CheckStatus[]> {
  const [state, { cursors }] = await Promise.all([
    store.state(document.shard, { consistent: true }),
    store.sent(document.shard),
  ])
  // A check added by a plan has no row until the first tick under that plan is closed: it is pending.
  const evaluated = state === undefined ? undefined : await plans.shard(state.plan, document.shard)
  const known = new Set(evaluated?.checks.map(({ name }) => name))
  const undelivered = new Map<CheckName, number>(state?.outbox.map(({ check, seq }) => [check, seq]))
  const tick = state?.tick ?? (0 as Tick)
  return document.checks.map((check) => {
    const row = state?.rows.get(check.name) ?? (known.has(check.name) ? onlineRow : pendingRow)(tick)
    return {
      check,
      shard: document.shard,
      status: row.status,
      row,
      ...(state === undefined ? {} : { tick: state.tick }),
      // An entry stays in the outbox until the evaluation after its last delivery, so compare with the cursors.
      undelivered: check.alerts
        .map(({ contact }) => contact)
        .filter((contact) => cursorOf(cursors, contact) < (undelivered.get(check.name) ?? 0)),
    }
  })
}
