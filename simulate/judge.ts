import type { CheckName, ShardId, Tick } from '../shared/check.ts'
import type { PlanEntry, ShardPlan } from '../shared/plan/plan.ts'
import type { State } from '../shared/quorum/state.ts'
import { type Alternative, alternativeAfter, candidateBallots, pending } from './alternatives.ts'
import type { Loop } from './loop.ts'
import type { Table } from './table.ts'
import { type TwinCheck, type TwinTransition, verdictOf } from './twin.ts'

/** Judges every commit of a state against the twin. */
export interface CommitJudge {
  onState(before: State | undefined, after: State): void
  /** Every transition that was committed, the oldest first. */
  readonly transitions: readonly TwinTransition[]
  /** What was committed for a check at a tick. */
  transitionAt(check: CheckName, tick: number): TwinTransition | undefined
  /** What was committed for a check after one tick, up to and with another. */
  transitionsBetween(check: CheckName, after: number, upTo: number): readonly TwinTransition[]
  /** Where each check of a shard stands. */
  checksOf(shard: ShardId): ReadonlyMap<CheckName, TwinCheck>
  /** How many ticks of shards were closed. */
  readonly shardTicks: number
}

interface TwinShard {
  tick: Tick
  /** From when on `document` holds; 0 before the first plan. */
  planFrom: number
  document: ShardPlan | undefined
  /** Usually one: more where it cannot be known which ballots the evaluator has read. */
  checks: Map<CheckName, readonly Alternative[]>
}

export interface JudgeOptions {
  readonly loop: Loop
  table(): Table
  readonly graceMs: number
  /** Told of a breach, in one sentence. */
  fail(breach: string): void
}
const maxAlternatives = 16
/** How long a shard waits at the least for a check that comes from another one, ms. */
const takeoverMs = 120_000

export function createCommitJudge({ loop, table, graceMs, fail }: JudgeOptions): CommitJudge {
  const shards = new Map<ShardId, TwinShard>()
  const transitions: TwinTransition[] = []
  const byId = new Map<string, TwinTransition>()
  const byCheck = new Map<CheckName, TwinTransition[]>()
  /** Where checks stood when a plan took them out of a shard. */
  const handed = new Map<string, Pick<TwinCheck, 'status' | 'since'>>()
  let shardTicks = 0

  function record(transition: TwinTransition): void {
    const id = `${transition.check}@${transition.tick}`
    const known = byId.get(id)
    if (known !== undefined)
      fail(`two changes share the alertId ${id}: to ${known.to}, then to ${transition.to}`)
    byId.set(id, transition)
    transitions.push(transition)
    const ofCheck = byCheck.get(transition.check) ?? []
    byCheck.set(transition.check, ofCheck)
    ofCheck.push(transition)
  }

  /** Before the first plan that has the shard. */
  function begin(shard: ShardId, state: State): TwinShard {
    const interval = intervalOf(shard)
    let planFrom = 0
    for (const { version, from } of table().current.entries) {
      if (table().document(version, shard) !== undefined) {
        const tick = (Math.ceil(from / interval) * interval - interval) as Tick
        return { tick, planFrom, document: undefined, checks: new Map() }
      }
      planFrom = from
    }
    fail(`${shard} has a state at ${state.tick}, and no plan has the shard`)
    return { tick: state.tick, planFrom, document: undefined, checks: new Map() }
  }

  /** Takes the next plan over: checks are removed, added, and move in from and out to other shards. */
  function replan(shard: ShardId, twin: TwinShard, change: PlanEntry): void {
    const { entries } = table().current
    const old = twin.document
    const next = table().document(change.version, shard)
    const has = new Set(next?.checks.map(({ name }) => name))
    for (const [name, alternatives] of twin.checks) {
      if (has.has(name)) continue
      const { status, since, changes } = alternatives[0]!
      for (const one of changes) record(one)
      const isMoved = shardOf(name, change) !== undefined
      handed.set(`${name}@${change.from}`, { status, since })
      if (!isMoved && status !== 'online' && old !== undefined) {
        const tick = Math.max(change.from, since + 1) as Tick
        record({ check: name, shard, from: status, to: 'removed', tick, plan: old.version })
      }
      twin.checks.delete(name)
    }
    const interval = intervalOf(shard)
    const first = (Math.ceil(change.from / interval) * interval) as Tick
    if (next !== undefined && first > twin.tick + interval) {
      // Ticks that no announced plan has are never closed.
      twin.tick = (first - interval) as Tick
      for (const [name, alternatives] of twin.checks) {
        twin.checks.set(
          name,
          alternatives.map((one) => ({ ...one, verdicts: [] })),
        )
      }
    }
    const before = entries[entries.indexOf(change) - 1]
    for (const name of has) {
      if (!twin.checks.has(name)) twin.checks.set(name, arriving(name, before, change, twin.tick))
    }
    twin.document = next
    twin.planFrom = change.from
  }

  function shardOf(name: CheckName, { version }: PlanEntry): ShardPlan | undefined {
    return table()
      .index(version)
      ?.shards.map(({ shard }) => table().document(version, shard))
      .find((document) => document?.checks.some((check) => check.name === name))
  }

  /** A check that is new to a shard: as it stood where it comes from, or pending. */
  function arriving(
    name: CheckName,
    before: PlanEntry | undefined,
    change: PlanEntry,
    tick: Tick,
  ): readonly Alternative[] {
    const origin = before && shardOf(name, before)
    if (origin === undefined) return [pending(tick)]
    const twin = shards.get(origin.shard)
    const left = handed.get(`${name}@${change.from}`)
    const isClosed = twin !== undefined && twin.tick + origin.intervalSeconds >= change.from
    const stood = left ?? (isClosed ? twin.checks.get(name)?.[0] : undefined)
    // A shard that has waited in vain for the other one begins the check anew.
    const lateMs = loop.now() - change.from * 1000
    const mayBeAnew = stood === undefined || lateMs > takeoverMs
    return [
      ...(stood === undefined
        ? []
        : [{ status: stood.status, since: stood.since, verdicts: [], changes: [] }]),
      ...(mayBeAnew ? [pending(tick)] : []),
    ]
  }

  function closeTick(twin: TwinShard, document: ShardPlan, tick: Tick): void {
    shardTicks++
    const deadlineMs = tick * 1000 + Math.max(...document.checks.map((check) => check.timeoutMs)) + graceMs
    const stored = table().ballotsAt(document.shard, tick)
    const candidates = candidateBallots(stored, deadlineMs, loop.now())
    for (const [index, check] of document.checks.entries()) {
      const verdicts = new Set(
        candidates.map((ballots) => {
          const voted = ballots.map(({ ballot }) => ballot)
          return verdictOf(check, index, document, voted, loop.now() >= deadlineMs)
        }),
      )
      const decided = [...verdicts].filter((verdict) => verdict !== undefined)
      if (decided.length === 0) fail(`${document.shard} closed ${tick} while ${check.name} was open`)
      const alternatives = twin.checks
        .get(check.name)!
        .flatMap((before) =>
          decided.map((verdict) => alternativeAfter(before, verdict, check, document, tick)),
        )
      twin.checks.set(check.name, alternatives.slice(0, maxAlternatives))
    }
  }

  /** Keeps the alternatives that the state agrees with; where none is left, the state is wrong. */
  function compare(twin: TwinShard, after: State): void {
    for (const [name, alternatives] of twin.checks) {
      const row = after.rows.get(name)
      const status = row?.status ?? 'online'
      const agreeing = alternatives.filter(
        (one) =>
          one.status === status && (row === undefined || status === 'online' || one.since === row.since),
      )
      const [chosen] = agreeing
      if (chosen === undefined) {
        const expected = alternatives.map((one) => `${one.status} since ${one.since}`).join(' or ')
        const shown = `${status}${row === undefined ? '' : ` since ${row.since}`}`
        fail(`${name} is ${shown} in ${after.shard} at ${after.tick}, and the ballots say ${expected}`)
        continue
      }
      for (const change of chosen.changes) record(change)
      twin.checks.set(
        name,
        agreeing.map((one) => ({ ...one, changes: [] })),
      )
    }
    for (const name of after.rows.keys()) {
      if (!twin.checks.has(name)) fail(`${after.shard} has a row for ${name}, which is not in its plan`)
    }
  }

  return {
    transitions,
    transitionAt: (check, tick) => byId.get(`${check}@${tick}`),
    transitionsBetween: (check, after, upTo) =>
      (byCheck.get(check) ?? []).filter(({ tick }) => tick > after && tick <= upTo),
    get shardTicks() {
      return shardTicks
    },
    checksOf: (shard) =>
      new Map([...(shards.get(shard)?.checks ?? [])].map(([name, [first]]) => [name, first!])),
    onState(before, after) {
      const { shard } = after
      if (shard.startsWith('~')) return
      if (before !== undefined && after.tick < before.tick) {
        return fail(`${shard} went back from ${before.tick} to ${after.tick}`)
      }
      const twin = shards.get(shard) ?? begin(shard, after)
      shards.set(shard, twin)
      const interval = intervalOf(shard)
      for (;;) {
        const tick = (twin.tick + interval) as Tick
        const { entries } = table().current
        const change = entries.find(({ from }) => from > twin.planFrom && from <= after.planFrom)
        const hasTicks = twin.document !== undefined && entries.some(({ from }) => from === twin.planFrom)
        if (change !== undefined && (change.from <= tick || !hasTicks)) replan(shard, twin, change)
        else if (twin.document !== undefined && tick <= after.tick) {
          closeTick(twin, twin.document, tick)
          twin.tick = tick
        } else break
      }
      if (twin.planFrom !== after.planFrom) {
        fail(`${shard} is under the plan of ${after.planFrom}, and ${twin.planFrom} should hold`)
      }
      compare(twin, after)
    },
  }
}

function intervalOf(shard: ShardId): number {
  return Number.parseInt(shard, 10)
}
