import type { CheckName, PlanVersion, Status, Tick } from '../check.ts'

/** One change of status to be published. `removed`: the check left the plan while it was not online. */
export interface Step {
  readonly from: Status
  readonly to: Status | 'removed'
  readonly tick: Tick
  /** The plan under which it was decided, for its contacts and the order of checks in its ballots. */
  readonly plan: PlanVersion
  /** When `from` began; absent for `online`. */
  readonly since?: Tick
}

/** A step superseded by a newer one of the same check before every reader had dealt with it. */
export interface EarlierStep extends Step {
  readonly seq: number
}

/** The undelivered change of one check; the outbox has at most one entry per check. */
export interface Entry extends Step {
  readonly seq: number
  readonly check: CheckName
  /** The superseded steps, oldest first: history records every one. */
  readonly earlier: readonly EarlierStep[]
  /** From where the newest step led, if not from where the last of `earlier` did: the check began anew in between. */
  readonly stepFrom?: Status
  /** For notices to the operators: one sentence about the problem. */
  readonly note?: string
}

/** Maximum superseded steps per entry: a check that flips more often while undelivered is flapping. */
export const maxEarlier = 8

/**
 * Adds a step to the outbox. A newer step of the same check replaces `to`, `tick` and `seq` and keeps
 * `from` and `since`, so a contact that was unreachable is told the current status once.
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
  const beganAnew = older !== undefined && older.to !== 'removed' && older.to !== step.from
  const entry: Entry = {
    ...rest,
    ...(beganAnew ? { stepFrom: step.from } : {}),
    ...(origin.since === undefined ? {} : { since: origin.since }),
    from: origin.from,
    seq,
    check,
    earlier,
    ...(note === undefined ? {} : { note }),
  }
  return [...outbox.filter((other) => other !== older), entry]
}

/** The newest step of an entry by itself, starting from the status that the previous step led to. */
export function lastStep(entry: Entry): Step {
  const { to, tick, plan } = entry
  const before = entry.earlier.at(-1)
  if (before === undefined) {
    return { from: entry.from, to, tick, plan, ...(entry.since === undefined ? {} : { since: entry.since }) }
  }
  // A check that was removed and added again starts as pending, at a time that no step records.
  if (before.to === 'removed') return { from: 'pending', to, tick, plan }
  if (entry.stepFrom !== undefined) return { from: entry.stepFrom, to, tick, plan }
  return { from: before.to, to, tick, plan, ...(before.to === 'online' ? {} : { since: before.tick }) }
}

/**
 * The part of an entry that is new to a reader who has dealt with everything up to `cursor`: it starts from
 * the status this reader knows. Undefined if there is nothing new.
 */
export function newsIn(entry: Entry, cursor: number): Entry | undefined {
  if (entry.seq <= cursor) return undefined
  const earlier = entry.earlier.filter(({ seq }) => seq > cursor)
  if (earlier.length === entry.earlier.length) return entry
  const { from, since } = earlier[0] ?? lastStep(entry)
  const { since: _, ...rest } = entry
  return { ...rest, from, ...(since === undefined ? {} : { since }), earlier }
}

/** The highest `seq` that each reader has dealt with. Readers are contacts and `historyReader`. */
export type Cursors = Readonly<Record<string, number>>

/** The highest `seq` a reader has dealt with; 0 before its first. */
export function cursorOf(cursors: Cursors, reader: string): number {
  // Contact names are chosen by users: "constructor" must not find an inherited property.
  return Object.hasOwn(cursors, reader) ? cursors[reader]! : 0
}

/** The reader that writes history; no contact can have this name. */
export const historyReader = '~history'

/**
 * Whether one more step of some check would push out a superseded one that history has not recorded.
 *
 * @param recorded the cursor of history.
 */
export function isFull(outbox: readonly Entry[], recorded: number): boolean {
  return outbox.some(({ earlier }) => earlier.length >= maxEarlier && earlier[0]!.seq > recorded)
}

/** The entries that at least one of their readers has not dealt with yet. */
export function prune(
  outbox: readonly Entry[],
  cursors: Cursors,
  readersOf: (entry: Entry) => readonly string[],
): readonly Entry[] {
  return outbox.filter((entry) => readersOf(entry).some((reader) => cursorOf(cursors, reader) < entry.seq))
}
