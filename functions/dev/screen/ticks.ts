import type { CheckName, Tick, Vote, VoterName } from '../../../shared/check.ts'
import type { EvidenceVote } from '../../../shared/quorum/ballot.ts'
import type { BallotLine } from '../../../shared/replay/lines.ts'

/** A check as the terminal must know it. */
export interface ShownCheck {
  readonly name: CheckName
  readonly intervalSeconds: number
  readonly slowMs?: number
  /** Who votes on it, where not all do. */
  readonly voters?: readonly VoterName[]
}

/** What was voted at one tick on the checks that were due. */
export interface ShownTick {
  readonly tick: Tick
  readonly checks: readonly {
    readonly check: ShownCheck
    /** In the order of the voters; undefined where no vote has arrived. */
    readonly votes: readonly (readonly [VoterName, Vote | undefined])[]
  }[]
}

/** Puts together the ballots of a tick, which come one by one. */
export interface Ticks {
  /** Takes a ballot; false where its tick was given out already. */
  add(line: BallotLine): boolean
  /** The ticks that are complete, or that nobody should wait for any longer, the oldest first. */
  takeReady(): readonly ShownTick[]
  /** Whether a tick still waits for ballots. */
  isWaiting(tick: Tick): boolean
  /** The oldest tick that still waits for ballots. */
  waiting(): ShownTick | undefined
  /** All ticks that still wait. */
  takeAll(): readonly ShownTick[]
}

/** A ballot may take as long as a timeout, so that the next tick begins before it has come; two do not. */
const maxOpen = 2
/** A voter that has missed this many ticks in a row is not waited for until it votes again. */
const maxMissed = 2

type Votes = ReadonlyMap<VoterName, Readonly<Partial<Record<CheckName, Vote>>>>

export function createTicks(checks: readonly ShownCheck[], voters: readonly VoterName[]): Ticks {
  const open = new Map<Tick, Map<VoterName, Partial<Record<CheckName, Vote>>>>()
  const missed = new Map<VoterName, number>()
  let newestTaken = 0

  const due = (tick: Tick) => checks.filter(({ intervalSeconds }) => tick % intervalSeconds === 0)
  const votersOf = (check: ShownCheck) => check.voters ?? voters
  const oldest = () => (open.size === 0 ? undefined : (Math.min(...open.keys()) as Tick))

  function isComplete(tick: Tick, votes: Votes): boolean {
    return due(tick).every((check) =>
      votersOf(check).every(
        (voter) => votes.get(voter)?.[check.name] !== undefined || (missed.get(voter) ?? 0) >= maxMissed,
      ),
    )
  }

  function show(tick: Tick): ShownTick {
    const votes: Votes = open.get(tick)!
    return {
      tick,
      checks: due(tick).map((check) => ({
        check,
        votes: votersOf(check).map((voter) => [voter, votes.get(voter)?.[check.name]]),
      })),
    }
  }

  function take(tick: Tick): ShownTick {
    const shown = show(tick)
    const expected = new Set(due(tick).flatMap(votersOf))
    for (const voter of expected) {
      missed.set(voter, open.get(tick)!.has(voter) ? 0 : (missed.get(voter) ?? 0) + 1)
    }
    open.delete(tick)
    newestTaken = tick
    return shown
  }

  return {
    add({ tick, voter, votes }) {
      missed.set(voter, 0)
      if (tick <= newestTaken) return false
      const ballots = open.get(tick) ?? new Map<VoterName, Partial<Record<CheckName, Vote>>>()
      open.set(tick, ballots)
      // Each shard has its own ballot. Without a prototype: a check may be called "constructor".
      ballots.set(voter, Object.assign(Object.create(null), ballots.get(voter), votes))
      return true
    },
    takeReady() {
      const ready: ShownTick[] = []
      for (let tick = oldest(); tick !== undefined; tick = oldest()) {
        if (open.size <= maxOpen && !isComplete(tick, open.get(tick)!)) break
        ready.push(take(tick))
      }
      return ready
    },
    isWaiting: (tick) => open.has(tick),
    waiting() {
      const tick = oldest()
      return tick === undefined ? undefined : show(tick)
    },
    takeAll() {
      return [...open.keys()].toSorted((first, second) => first - second).map(take)
    },
  }
}

/** The mark of a vote that may not have arrived. */
export function markOf(vote: Vote | undefined, isOver: boolean): EvidenceVote['vote'] | 'waiting' {
  return vote?.vote ?? (isOver ? 'missing' : 'waiting')
}
