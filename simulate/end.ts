import type { ShardId } from '../shared/check.ts'
import type { PlanIndex, ShardPlan } from '../shared/plan/plan.ts'
import { cursorOf, historyReader } from '../shared/quorum/outbox.ts'
import type { State } from '../shared/quorum/state.ts'
import type { DeadLetter } from '../shared/store/store.ts'
import type { DeliveryJudge } from './delivery.ts'
import type { CommitJudge } from './judge.ts'
import { judgeReplay } from './replay.ts'
import type { Table } from './table.ts'

// What must be true once all has gone well for ten minutes.

export interface End {
  readonly nowMs: number
  readonly table: Table
  readonly commits: CommitJudge
  readonly delivery: DeliveryJudge
  readonly deadLetters: readonly DeadLetter[]
  readonly graceMs: number
  /** Whether more than one plan was ever in force. */
  readonly wasEdited: boolean
  fail(breach: string): void
}

/** A sweep comes each minute, and takes one at most. */
const sweepMs = 180_000
/** What happened at a tick is told and recorded within this: its deadline, and two sweeps. */
const dueMs = 240_000
const isDue = (tick: number, nowMs: number) => nowMs - tick * 1000 > dueMs
/** More steps than an entry of an outbox remembers. */
const maxEarlier = 8

export function judgeEnd(end: End): void {
  const { nowMs, table } = end
  const newest = table.current.entries.findLast(({ from }) => from * 1000 <= nowMs)
  const index = newest && table.index(newest.version)
  if (index === undefined) return
  const documents = index.shards.flatMap(({ shard }) => table.document(index.version, shard) ?? [])
  for (const shard of index.shards) judgeProgress(shard, end)
  for (const [shard, state] of table.states) judgeOutbox(shard, state, end)
  judgeHistory(end)
  for (const document of documents) {
    judgeKnowledge(document, end)
    if (!end.wasEdited) judgeReplay(document, table, end.commits.transitions, end.graceMs, end.fail)
  }
}

function judgeProgress(
  { shard, intervalSeconds, timeoutMs }: PlanIndex['shards'][number],
  { nowMs, table, graceMs, fail }: End,
): void {
  const state = table.states.get(shard)
  const overdueMs = intervalSeconds * 1000 + timeoutMs + graceMs + sweepMs
  if (state !== undefined && nowMs - state.tick * 1000 > overdueMs) {
    fail(`${shard} has closed no tick since ${state.tick}`)
  }
}

function judgeOutbox(shard: ShardId, state: State, { nowMs, table, fail }: End): void {
  const sent = table.sent(shard)
  if (sent.leaseUntilMs > nowMs) fail(`the lease on ${shard} is held until ${sent.leaseUntilMs}`)
  if (shard.startsWith('~')) return
  for (const entry of state.outbox) {
    if (!isDue(entry.tick, nowMs)) continue
    if (entry.earlier.length > maxEarlier)
      fail(`the entry of ${entry.check} has ${entry.earlier.length} steps`)
    const document = table.document(entry.plan, shard)
    const alerts = document?.checks.find(({ name }) => name === entry.check)?.alerts ?? []
    for (const reader of [historyReader, ...alerts.map(({ contact }) => contact)]) {
      if (cursorOf(sent.cursors, reader) >= entry.seq) continue
      fail(`${reader} has not dealt with ${entry.check} of ${shard}`)
    }
  }
}

function judgeHistory({ nowMs, table, commits, fail }: End): void {
  for (const { check, from, to, tick } of commits.transitions) {
    if (!isDue(tick, nowMs) || table.events.get(check)?.has(tick)) continue
    fail(`history does not know that ${check} went from ${from} to ${to} at ${tick}`)
  }
}

/** What people and the table know of each check is where it stands. */
function judgeKnowledge(
  document: ShardPlan,
  { nowMs, table, commits, delivery, deadLetters, fail }: End,
): void {
  for (const { name, alerts } of document.checks) {
    const status = commits.checksOf(document.shard).get(name)?.status ?? 'pending'
    if (status === 'pending') continue
    const [newest] = commits.transitionsBetween(name, 0, Number.POSITIVE_INFINITY).slice(-1)
    if (newest === undefined || !isDue(newest.tick, nowMs)) continue
    const shown = table.statuses.get(name)?.to ?? 'pending'
    if (shown !== status) fail(`${name} is ${status}, and its status item says ${shown}`)
    if (newest.from === 'pending' && newest.to === 'online') continue
    const then = table.document(newest.plan, newest.shard)?.checks.find((check) => check.name === name)
    for (const { contact, on } of then?.alerts ?? []) {
      // Who hears of some changes only, or has not been linked to the check all the time, may know less.
      if (on.length < 3 || !alerts.some((alert) => alert.contact === contact)) continue
      if (deadLetters.some((letter) => letter.contact === contact)) continue
      const knows = delivery.lastTold(contact, name)?.to ?? 'online'
      if (knows !== status) fail(`${name} is ${status}, and ${contact} last heard that it is ${knows}`)
    }
  }
}
