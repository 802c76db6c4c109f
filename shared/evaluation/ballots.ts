import type { ShardId, Tick } from '../check.ts'
import type { Ballot } from '../quorum/ballot.ts'
import type { EvaluationContext } from './context.ts'

/** The ballots of a shard in one round: read once for many ticks, and anew where a deadline demands it. */
export interface BallotReader {
  hasRead(): boolean
  /** Reads the ballots from a tick on; returns those of `tick`. */
  read(from: Tick, tick: Tick, consistent: boolean): Promise<readonly Ballot[]>
  /**
   * The ballots of a tick.
   *
   * @param deadlineMs past it (epoch ms) a missing ballot counts as silence: the read must have begun later, and
   *   strongly consistently. Undefined before the deadline.
   */
  at(tick: Tick, deadlineMs: number | undefined): Promise<readonly Ballot[]>
}

/** Ticks in one read: 240 of eight voters are some 20 MB while they are parsed. */
const ticksPerRead = 240

/**
 * Ballots are never changed, so an eventually consistent read is correct but may miss some. Before the deadline that is
 * harmless: `judge` closes a tick only if no missing ballot could change a verdict, so at worst the tick stays open
 * until the next ballot or sweep.
 */
export function ballotReader(
  shard: ShardId,
  intervalSeconds: number,
  newest: Tick,
  { store, clock }: EvaluationContext,
): BallotReader {
  let ballots: ReadonlyMap<Tick, readonly Ballot[]> | undefined
  let lastTick = 0 as Tick
  /** When the last strongly consistent read began, epoch ms. */
  let certainAtMs = Number.NEGATIVE_INFINITY

  async function read(from: Tick, tick: Tick, consistent: boolean): Promise<readonly Ballot[]> {
    const beganMs = clock.now()
    lastTick = Math.max(tick, Math.min(newest, from + ticksPerRead * intervalSeconds)) as Tick
    const found = await store.ballots(shard, from, lastTick, { consistent, votesOnly: true })
    ballots = Map.groupBy(found, (ballot) => ballot.tick)
    certainAtMs = consistent ? beganMs : Number.NEGATIVE_INFINITY
    return ballots.get(tick) ?? []
  }

  return {
    hasRead: () => ballots !== undefined,
    read,
    async at(tick, deadlineMs) {
      const isStale = deadlineMs !== undefined && certainAtMs < deadlineMs
      if (ballots === undefined || tick > lastTick || isStale) {
        return read(tick, tick, deadlineMs !== undefined)
      }
      return ballots.get(tick) ?? []
    },
  }
}
