import type { State } from '../shared/quorum/state.ts'
import type { Table } from './table.ts'
import { verdictOf } from './twin.ts'

// A tick that closes at its deadline has heard every ballot that was in the table by then. Most ballots change no
// status, so the statuses alone would show a missed one only now and then.

/** Judges the last tick that a commit closes. */
export function judgeHeard(
  before: State | undefined,
  { shard, tick, plan, seen }: State,
  table: Pick<Table, 'document' | 'ballotsAt'>,
  graceMs: number,
  fail: (breach: string) => void,
): void {
  const document = table.document(plan, shard)
  if (document === undefined || before === undefined || before.tick === tick) return
  const timeoutMs = Math.max(...document.checks.map((check) => check.timeoutMs))
  const deadlineMs = tick * 1000 + timeoutMs + graceMs
  const stored = table.ballotsAt(shard, tick)
  const isHeard = ({ ballot }: (typeof stored)[number]) => (seen.get(ballot.voter) ?? tick) >= tick
  const missed = stored.filter((one) => one.writtenMs < deadlineMs && !isHeard(one))
  if (missed.length === 0) return
  const heard = stored.filter(isHeard).map(({ ballot }) => ballot)
  // Before the deadline it may close without those that change nothing.
  const isOpen = document.checks.some(
    (check, index) => verdictOf(check, index, document, heard, false) === undefined,
  )
  if (isOpen)
    fail(`${shard} closed ${tick} without the ballot of ${missed[0]!.ballot.voter}, which was there`)
}
