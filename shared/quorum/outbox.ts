import type { CheckName, PlanVersion, Status, Tick } from '../check.ts'

/** One change of status on its way. `removed`: the check left the plan while it was not online. */
export interface Step {
  readonly from: Status
  readonly to: Status | 'removed'
  readonly tick: Tick
  /** The plan under which it was decided: it names the contacts and gives the evidence its meaning. */
  readonly plan: PlanVersion
  /** When the check took on `from`; absent for `online`. */
  readonly since?: Tick
}

/** A step that another one of the same check has overtaken before everybody had heard of it. */
export interface EarlierStep extends Step {
  readonly seq: number
}

/** What is still to be told of one check: at most one entry per check. */
export interface Entry extends Step {
  readonly seq: number
  readonly check: CheckName
  /** The older steps that this entry stands for, oldest first: history wants them all. */
  readonly earlier: readonly EarlierStep[]
  /** For the operators' own entries: one sentence of what is known. */
  readonly note?: string
}

/** How many older steps an entry remembers: a check that flips more often undelivered is flapping. */
export const maxEarlier = 8

/**
 * Puts a step into the outbox. A newer step of the same check replaces `to`, `tick` and `seq` and keeps
 * `from` and `since`: a contact that was unreachable hears where the check stands now, once.
 */
export function enqueue(
  outbox: readonly Entry[],
  check: CheckName,
  step: Step,
  seq: number,
  note?: string,
): readonly Entry[] {
  const older = outbox.find((entry) => entry.check === check)
  const earlier =
    older === undefined ? [] : [...older.earlier, { ...lastStep(older), seq: older.seq }].slice(-maxEarlier)
  const { since: _, ...rest } = step
  const origin = older ?? step
  const entry: Entry = {
    ...rest,
    ...(origin.since === undefined ? {} : { since: origin.since }),
    from: origin.from,
    seq,
    check,
    earlier,
    ...(note === undefined ? {} : { note }),
  }
  return [...outbox.filter((other) => other !== older), entry]
}

/** The newest step of an entry by itself: from where the one before it had led. */
export function lastStep(entry: Entry): Step {
  const { to, tick, plan } = entry
  const before = entry.earlier.at(-1)
  if (before === undefined) {
    return { from: entry.from, to, tick, plan, ...(entry.since === undefined ? {} : { since: entry.since }) }
  }
  // A check that was removed and came back began anew, nobody noted when.
  if (before.to === 'removed') return { from: 'pending', to, tick, plan }
  return { from: before.to, to, tick, plan, ...(before.to === 'online' ? {} : { since: before.tick }) }
}

/**
 * What of an entry is news to a reader who has dealt with everything up to `cursor`: it begins where the
 * last step that this reader has heard of had led. Undefined where nothing is.
 */
export function newsIn(entry: Entry, cursor: number): Entry | undefined {
  if (entry.seq <= cursor) return undefined
  const earlier = entry.earlier.filter(({ seq }) => seq > cursor)
  if (earlier.length === entry.earlier.length) return entry
  const { from, since } = earlier[0] ?? lastStep(entry)
  const { since: _, ...rest } = entry
  return { ...rest, from, ...(since === undefined ? {} : { since }), earlier }
}

/** How far a reader has come: the highest `seq` it has dealt with. History reads under `historyReader`. */
export type Cursors = Readonly<Record<string, number>>

/** The highest `seq` a reader has dealt with; 0 before its first. */
export function cursorOf(cursors: Cursors, reader: string): number {
  // Contacts are named by people: one called "constructor" must not find what every object inherits.
  return Object.hasOwn(cursors, reader) ? cursors[reader]! : 0
}

/** The reader that writes the history; no contact can have this name. */
export const historyReader = '~history'

/** The entries that some reader has not dealt with yet. */
export function prune(
  outbox: readonly Entry[],
  cursors: Cursors,
  readersOf: (entry: Entry) => readonly string[],
): readonly Entry[] {
  return outbox.filter((entry) => readersOf(entry).some((reader) => cursorOf(cursors, reader) < entry.seq))
}
