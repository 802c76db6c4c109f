import type { CheckName, Decided, ShardId, Tick } from '../shared/check.ts'
import type { PlanEntry, PlannedCheck, ShardPlan } from '../shared/plan/plan.ts'
import type { State } from '../shared/quorum/state.ts'
import type { Loop } from './loop.ts'
import type { StoredBallot, Table } from './table.ts'
import { follow, type TwinCheck, type TwinTransition, verdictOf } from './twin.ts'

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

/** A check as it may stand, and the changes that this commit would have brought with it. */
interface Alternative extends TwinCheck {
  readonly changes: readonly TwinTransition[]
}

interface TwinShard {
  tick: Tick
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

/** Verdicts that a twin keeps: more than any delay looks back on. */
const keptVerdicts = 40
const maxAlternatives = 16

export function createCommitJudge({ loop, table, graceMs, fail }: JudgeOptions): CommitJudge {
  const shards = new Map<ShardId, TwinShard>()
  const transitions: TwinTransition[] = []
  const byId = new Map<string, TwinTransition>()
  const byCheck = new Map<CheckName, TwinTransition[]>()
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

  function entryAt(tick: Tick): PlanEntry | undefined {
    return table().current.entries.findLast((entry) => entry.from <= tick)
  }

  function documentAt(shard: ShardId, tick: Tick): ShardPlan | undefined {
    const entry = entryAt(tick)
    return entry && table().document(entry.version, shard)
  }

  /** The first plan that has the shard: everything in it is pending. */
  function begin(shard: ShardId, state: State): TwinShard | undefined {
    const interval = intervalOf(shard)
    for (const entry of table().current.entries) {
      const document = table().document(entry.version, shard)
      if (document === undefined) continue
      const tick = (Math.ceil(entry.from / interval) * interval - interval) as Tick
      return { tick, document, checks: new Map(document.checks.map(({ name }) => [name, [pending(tick)]])) }
    }
    fail(`${shard} has a state at ${state.tick}, and no plan has the shard`)
    return undefined
  }

  function replan(twin: TwinShard, next: ShardPlan | undefined, tick: Tick): void {
    const old = twin.document
    if (next?.version === old?.version) return
    const has = new Set(next?.checks.map(({ name }) => name))
    for (const [name, alternatives] of twin.checks) {
      if (has.has(name)) continue
      const { status, since, changes } = alternatives[0]!
      for (const change of changes) record(change)
      if (status !== 'online' && old !== undefined) {
        // What happened at the last tick has that tick's alertId already.
        const at = since < twin.tick ? twin.tick : tick
        const { shard, version: plan } = old
        record({ check: name, shard, from: status, to: 'removed', tick: at, plan })
      }
      twin.checks.delete(name)
    }
    for (const name of has) if (!twin.checks.has(name)) twin.checks.set(name, [pending(twin.tick)])
    twin.document = next
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
      if (twin === undefined) return
      shards.set(shard, twin)
      const interval = intervalOf(shard)
      for (let tick = (twin.tick + interval) as Tick; tick <= after.tick; tick = (tick + interval) as Tick) {
        const entry = entryAt(tick)
        const document = entry && table().document(entry.version, shard)
        // Where no plan is kept that is old enough, the shard stays what it was.
        if (entry !== undefined) replan(twin, document, tick)
        if (document !== undefined) closeTick(twin, document, tick)
        twin.tick = tick
      }
      // A plan takes effect at its first tick, and may be taken over before that tick can be closed.
      if (after.plan !== twin.document?.version) {
        const next = (twin.tick + interval) as Tick
        const document = documentAt(shard, next)
        if (document === undefined || document.version === after.plan) replan(twin, document, next)
      }
      compare(twin, after)
    },
  }
}

/** The sets of ballots that whoever closed the tick may have read: those of the deadline, or of any moment since. */
function candidateBallots(
  stored: readonly StoredBallot[],
  deadlineMs: number,
  nowMs: number,
): readonly (readonly StoredBallot[])[] {
  if (nowMs < deadlineMs) return [stored]
  const inTime = stored.filter(({ writtenMs }) => writtenMs < deadlineMs).length
  return Array.from({ length: stored.length - inTime + 1 }, (_, more) => stored.slice(0, inTime + more))
}

function alternativeAfter(
  before: Alternative,
  verdict: Decided,
  check: PlannedCheck,
  { shard, version: plan }: ShardPlan,
  tick: Tick,
): Alternative {
  const next = follow(before, verdict, check.delay, tick)
  const isSame = next.status === before.status
  return {
    ...next,
    verdicts: next.verdicts.slice(-keptVerdicts),
    changes: isSame
      ? before.changes
      : [...before.changes, { check: check.name, shard, from: before.status, to: next.status, tick, plan }],
  }
}

function pending(tick: Tick): Alternative {
  return { status: 'pending', verdicts: [], since: tick, changes: [] }
}

function intervalOf(shard: ShardId): number {
  return Number.parseInt(shard, 10)
}
