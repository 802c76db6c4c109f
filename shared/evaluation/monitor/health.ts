import { type CheckName, isoOf, type PlanVersion, type ShardId, type Tick } from '../../check.ts'
import { pendingRow } from '../../quorum/advance.ts'
import { enqueue, type Step } from '../../quorum/outbox.ts'
import { due, type State } from '../../quorum/state.ts'
import type { Problems } from './problems.ts'

// The monitor's watch over itself: voters that fall silent, checks that nobody can see, contacts that
// cannot be reached. It has a shard of its own, so its alerts go through an outbox like any other.

/** The shard of the watch. */
export const monitorShard = '~voters' as ShardId

/**
 * So many subjects of each kind are told of one by one, the others as a number: the watch is one item of at most
 * 400 KB, and when every voter is silent, thousands of checks are blind.
 *
 * At worst a subject has a row and an outbox entry with eight earlier steps: twice its own length, 35 bytes for
 * the row, 90 for the entry, 60 for each step, and its note. With the longest names and errors that is 900 bytes
 * for a check or a voter (names of 64 characters) and 1,700 for a contact (247, and an error of 300): 100 of each,
 * and the three that stand for the others, take 360 KB.
 */
export const maxTold = 100
/** What the watch speaks of, as the first word of a subject. */
const kinds = ['voter', 'check', 'contact'] as const
type Kind = (typeof kinds)[number]

/** The subject that stands for those beyond; nothing can have this name. */
const othersOf = (kind: Kind) => `${kind}/~others`
const isOthers = (subject: string) => kinds.some((kind) => subject === othersOf(kind))
/** What is said of so many of them. */
const tellOthers = {
  voter: (count) => `no ballot from ${count} more`,
  check: (count) => `not seen by enough voters either: ${count} more`,
  contact: (count) => `alerts to ${count} more were given up`,
} as const satisfies Record<Kind, (count: number) => string>

/** The watch's state before anything was wrong. */
export function initialHealth(tick: Tick, plan: PlanVersion): State {
  return {
    shard: monitorShard,
    revision: 0,
    tick,
    plan,
    rows: new Map(),
    seq: 0,
    outbox: [],
    due: 0,
    seen: new Map(),
  }
}

/**
 * The watch's state given what is wrong now; the same state where nothing changed.
 *
 * @param endOf what a subject is told to be that is not wrong any more: well, of no use to the plan any more, or
 *   nothing as long as nobody can know.
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
    const since = `wrong since ${isoOf(row.since)}`
    if (isOthers(subject) || end === 'online') tell(subject, 'offline', 'online', `${since}, well again`)
    else tell(subject, 'offline', 'removed', `${since}; the plan has no use for it any more`)
  }
  if (seq === state.seq) return state
  return { ...state, tick, plan, rows, seq, outbox, due: due(outbox, state, tick) }
}

/**
 * The problems that there is room for: a subject that was told of stays until it is well again and everybody has
 * heard so, a new one is told of while there are few of its kind.
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
    if (others > 0) kept.set(othersOf(kind), tellOthers[kind](others))
  }
  return kept
}
