import { type CheckName, isoOf, type PlanVersion, type ShardId, type Tick } from '../../check.ts'
import { pendingRow } from '../../quorum/advance.ts'
import { enqueue, type Step } from '../../quorum/outbox.ts'
import { due, type State } from '../../quorum/state.ts'
import { countOf } from '../../text/number.ts'
import type { Problems } from './problems.ts'

// The health of the monitor itself: silent voters, blind checks, unreachable contacts. It has a shard of its
// own, so its notices go through an outbox like any alert.

/** The shard that holds the monitor's health. */
export const monitorShard = '~voters' as ShardId

/**
 * Maximum subjects of each kind with a notice of their own; the others are only counted. The health is one item of
 * at most 400 KB, and when every voter is silent, thousands of checks are blind.
 *
 * At worst a subject has a row and an outbox entry with eight earlier steps: twice its own length, 35 bytes for
 * the row, 90 for the entry, 60 for each step, and its note. With the longest names and errors that is 900 bytes
 * for a check or a voter (names of 64 characters) and 1,700 for a contact (247, and an error of 300): 100 of each,
 * and the three that stand for the others, take 360 KB.
 */
export const maxTold = 100
/** The kinds of subject: the part of a subject before its slash. */
const kinds = ['voter', 'check', 'contact'] as const
type Kind = (typeof kinds)[number]

/** The subject that stands for those beyond `maxTold`; no voter, check or contact can have this name. */
const othersOf = (kind: Kind) => `${kind}/~others`
const isOthers = (subject: string) => kinds.some((kind) => subject === othersOf(kind))
const othersNote = {
  voter: (count) => `no ballot from ${countOf(count, 'more voter')}`,
  check: (count) => `too few voters could check ${countOf(count, 'more check')}`,
  contact: (count) => `alerts to ${countOf(count, 'more contact')} were given up`,
} as const satisfies Record<Kind, (count: number) => string>

/** The monitor's health before its first problem. */
export function initialHealth(tick: Tick, plan: PlanVersion): State {
  return {
    shard: monitorShard,
    revision: 0,
    tick,
    plan,
    planFrom: 0 as Tick,
    rows: new Map(),
    seq: 0,
    outbox: [],
    due: 0,
    seen: new Map(),
  }
}

/**
 * The monitor's health with the current problems; the same state if nothing changed.
 *
 * @param endOf how the problem of a subject ended: `online` if it is well again, `removed` if the plan no longer
 *   uses the subject, undefined if that cannot be known yet.
 */
export function updateRows(
  state: State,
  found: Problems,
  tick: Tick,
  plan: PlanVersion,
  endOf: (subject: string) => 'online' | 'removed' | undefined,
): State {
  const problems = bounded(found, state)
  const rows = new Map(state.rows)
  let { seq, outbox } = state
  function tell(subject: string, from: 'online' | 'offline', to: Step['to'], note: string) {
    seq++
    outbox = enqueue(outbox, subject as CheckName, { from, to, tick, plan }, seq, note)
  }
  for (const [subject, note] of problems) {
    if (rows.has(subject as CheckName)) continue
    rows.set(subject as CheckName, { ...pendingRow(tick), status: 'offline' })
    tell(subject, 'online', 'offline', note)
  }
  for (const [subject, row] of state.rows) {
    const end = endOf(subject)
    if (problems.has(subject) || end === undefined) continue
    rows.delete(subject)
    const began = `the problem began at ${isoOf(row.since)}`
    if (isOthers(subject) || end === 'online') tell(subject, 'offline', 'online', `resolved; ${began}`)
    else tell(subject, 'offline', 'removed', `no longer used by the plan; ${began}`)
  }
  if (seq === state.seq) return state
  return { ...state, tick, plan, rows, seq, outbox, due: due(outbox, state, tick) }
}

/**
 * The problems there is room for. A subject with a notice keeps its place until it is well again and the operators
 * have been told so; a new one gets a place while its kind has fewer than `maxTold`.
 */
function bounded(problems: Problems, { rows, outbox }: State): Problems {
  const held = [...rows.keys(), ...outbox.map(({ check }) => check)]
  const kept = new Map<string, string>()
  for (const kind of kinds) {
    const isOne = (subject: string) => subject.startsWith(`${kind}/`) && !isOthers(subject)
    const told = new Set<string>(held.filter(isOne))
    let others = 0
    for (const [subject, note] of problems) {
      if (!isOne(subject)) continue
      if (told.size < maxTold) told.add(subject)
      if (told.has(subject)) kept.set(subject, note)
      else others++
    }
    if (others > 0) kept.set(othersOf(kind), othersNote[kind](others))
  }
  return kept
}
