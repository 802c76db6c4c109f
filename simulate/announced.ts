import type { Tick } from '../shared/check.ts'
import type { CurrentPlan } from '../shared/plan/plan-store.ts'
import type { Table } from './table.ts'

// What must be true of plans at the moment at which one is announced.

/** A superseded plan holds for ticks that are this old, in seconds. */
const keptSeconds = 3_600
/** A copy of CURRENT that a voter has may be this old, in seconds. */
const cachedSeconds = 60

/** Judges each write of CURRENT. `table` already holds `after`. */
export function judgeAnnouncement(
  before: CurrentPlan,
  after: CurrentPlan,
  table: Pick<Table, 'index' | 'document'>,
  nowMs: number,
  fail: (breach: string) => void,
): void {
  const nowSeconds = nowMs / 1000
  for (const { version } of after.entries) {
    const shards = table.index(version)?.shards
    if (shards?.every(({ shard }) => table.document(version, shard) !== undefined)) continue
    fail(`the plan ${version} was announced before all of it was in the table`)
  }
  const newest = after.entries.at(-1)
  if (newest === undefined) {
    fail('no plan holds any more')
    return
  }
  if (newest.from < nowSeconds + cachedSeconds) {
    fail(`the plan ${newest.version} holds from ${newest.from}, before every voter can know it`)
  }
  const ticks = [nowSeconds - keptSeconds + 1, nowSeconds, ...before.entries.map(({ from }) => from)]
  for (const tick of ticks) {
    if (tick <= nowSeconds - keptSeconds || tick >= newest.from) continue
    const held = versionAt(before, tick as Tick)
    if (held === undefined || held === versionAt(after, tick as Tick)) continue
    fail(`the plan ${held}, which holds at ${tick}, was dropped`)
  }
}

function versionAt({ entries }: CurrentPlan, tick: Tick): string | undefined {
  return entries.findLast(({ from }) => from <= tick)?.version
}
