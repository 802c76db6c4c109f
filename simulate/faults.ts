import type { Random } from './random.ts'

// Everything that can go wrong. Each fault has a random stream of its own, and is off in many seeds: a run in which
// everything fails at once reaches few states, and a fault that is always there hides others.

/** What a fault is, and the highest probability with which it strikes where it can. */
export const faultKinds = {
  /** A process ends where it waits for an answer. */
  crash: 0.02,
  /** A call is refused before it has any effect. */
  throttle: 0.05,
  /** A call has its effect, and its answer is lost. */
  lostAnswer: 0.03,
  /** A call takes up to twelve seconds. */
  hang: 0.02,
  /** An eventually consistent read lags. */
  stale: 0.7,
  /** A table cannot be reached for minutes, sometimes for half an hour. */
  tableOutage: 0.001,
  /** A stream's batch comes seconds or minutes late. */
  streamLag: 0.2,
  /** A stream's batch comes again though it was handled. */
  redelivery: 0.05,
  /** A batch of a stream is lost: too old, or it failed too often. */
  trim: 0.02,
  /** A job comes twice. */
  doubleJob: 0.05,
  /** A job comes up to two minutes late. */
  lateJob: 0.03,
  /** A job never comes. */
  lostJob: 0.03,
  /** The queue refuses jobs when they are sent. */
  refusedJob: 0.05,
  /** The Scheduler calls twice. */
  doubleSchedule: 0.05,
  /** The Scheduler does not call. */
  lostSchedule: 0.03,
  /** A topic refuses a message for now. */
  refusedPublish: 0.2,
  /** A topic refuses messages for good. */
  deadTopic: 0.02,
  /** A topic takes a message and its answer is lost. */
  lostPublish: 0.05,
  /** A voter's clock is up to four seconds off. */
  skew: 1,
  /** A voter is away for some minutes. */
  voterAway: 0.002,
  /** A voter's ballots are cast late, or arrive in the very moment of the deadline. */
  slowVoter: 0.3,
  /** An apply ends in the middle, and is repeated. */
  brokenApply: 0.3,
  /** Two people apply at once. */
  twoHands: 0.2,
  /** Somebody edits the configuration, in a minute. */
  edit: 0.4,
  /** Of the edits: it gives a check another interval or other voters. */
  move: 0.5,
  /** A voter cannot read plans for up to half an hour, and goes on with those it knows, as a runner does. */
  oldPlan: 0.02,
} as const satisfies Record<string, number>

export type FaultKind = keyof typeof faultKinds
export const faultNames = Object.keys(faultKinds) as readonly FaultKind[]

export interface Faults {
  /** Whether the fault strikes now. */
  strikes(kind: FaultKind): boolean
  /** From now on nothing goes wrong, and what went wrong is mended. */
  areOver(): boolean
  /** The fault's own stream, for how badly it strikes. */
  random(kind: FaultKind): Random
  /** Which faults are on in this run. */
  readonly on: readonly FaultKind[]
}

/**
 * @param areOver from when on nothing goes wrong any more.
 * @param without faults that are kept off, to find out which of them a failure needs.
 */
export function createFaults(
  random: Random,
  areOver: () => boolean,
  without: ReadonlySet<FaultKind>,
): Faults {
  const drawn = random.fork('faults')
  // One seed in eight has no fault at all: what goes wrong there is wrong always.
  const none = drawn.chance(1 / 8)
  const streams = new Map<FaultKind, Random>()
  const probabilities = new Map<FaultKind, number>()
  for (const kind of faultNames) {
    streams.set(kind, random.fork(`fault ${kind}`))
    // Drawn whether it is used or not, so that leaving one out changes no other.
    const isOn = drawn.chance(0.4)
    const share = drawn.next() ** 2
    probabilities.set(kind, none || !isOn || without.has(kind) ? 0 : faultKinds[kind] * share)
  }
  return {
    areOver,
    strikes: (kind) => !areOver() && streams.get(kind)!.chance(probabilities.get(kind)!),
    random: (kind) => streams.get(kind)!,
    on: faultNames.filter((kind) => probabilities.get(kind)! > 0),
  }
}
