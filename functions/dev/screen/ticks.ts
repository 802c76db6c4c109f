import type { CheckName, Tick, Vote, VoterName } from '../../../shared/check.ts'
import type { EvidenceVote } from '../../../shared/quorum/ballot.ts'
import type { BallotLine } from '../../../shared/replay/lines.ts'

/** What the terminal needs to know of a check. */
export interface ShownCheck {
  readonly name: CheckName
  readonly intervalSeconds: number
  readonly slowMs?: number
  /** The voters of the check; all voters if absent. */
  readonly voters?: readonly VoterName[]
}

/** The votes of one tick on the checks that were due. */
export interface ShownTick {
  readonly tick: Tick
  readonly checks: readonly {
    readonly check: ShownCheck
    /** In the order of the voters; the vote is undefined until it arrives. */
    readonly votes: readonly (readonly [VoterName, Vote | undefined])[]
  }[]
}

/** Collects the ballots of each tick, which arrive one by one. */
export interface Ticks {
  /** Adds a ballot. Returns false if its tick was already taken. */
  add(line: BallotLine): boolean
  /** Removes and returns the ticks that are complete or too old to wait for, oldest first. */
  takeReady(): readonly ShownTick[]
  /** Whether a tick still waits for ballots. */
  isWaiting(tick: Tick): boolean
  /** Returns the oldest tick that still waits for ballots. */
  waiting(): ShownTick | undefined
  /** Removes and returns all ticks that still wait. */
  takeAll(): readonly ShownTick[]
}

/** Maximum ticks that wait at once. A ballot may take a whole timeout and so outlast the next tick's start, not two. */
const maxOpen = 2
/** A voter that missed this many ticks in a row is not waited for until it votes again. */
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
      // A voter casts one ballot per shard, so votes are merged. No prototype: a check may be named "constructor".
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

/** Returns the mark of a vote, which is undefined if it has not arrived. */
export function markOf(vote: Vote | undefined, isOver: boolean): EvidenceVote['vote'] | 'waiting' {
  return vote?.vote ?? (isOver ? 'missing' : 'waiting')
}
