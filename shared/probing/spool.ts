import type { ShardId } from '../check.ts'
import type { Clock } from '../clock.ts'
import type { WriteOutcome } from '../plan/plan-store.ts'
import type { Ballot } from '../quorum/ballot.ts'
import type { Store } from '../store/store.ts'

/** What a voter that is always there has and a Lambda has not: memory of what a home did not take. */
export interface Spool {
  /** The home's table, whose ballots are kept when it does not take them. The failed write throws even so. */
  readonly store: Store
  /** Ballots that wait. */
  size(): number
  /** Tries once more, now, to get rid of what waits. Resolves when that has ended, however it did. */
  flush(): Promise<void>
  /** Tries no more; what still waits is given up. */
  stop(): void
}

export interface SpoolOptions {
  readonly clock: Clock
  /** Until when (epoch ms) this ballot counts; undefined where that cannot be known. */
  freshUntilMs(shard: ShardId, ballot: Ballot): Promise<number | undefined>
  /** Told of ballots that were dropped: stale, or too many. They are never sent as if they were fresh. */
  onDropped(count: number): void
  /** Told of ballots that would still have counted when the spool was stopped. */
  onGivenUp(count: number): void
  /** Told when a ballot that had waited was taken. */
  onDelivered(): void
}

/** A ballot is about a kilobyte. At one shard a second this is more than ever counts. */
const maxKept = 1000
/** Between two attempts: the first, and the longest. */
const firstRetryMs = 500
const longestRetryMs = 5000

interface SpooledBallot {
  readonly shard: ShardId
  readonly ballot: Ballot
  readonly options: Parameters<Store['putBallot']>[2]
  readonly untilMs: number
}

export function spoolBallots(store: Store, spool: SpoolOptions): Spool {
  const { clock } = spool
  let kept: SpooledBallot[] = []
  let retryMs = firstRetryMs
  let cancelRetry: (() => void) | undefined
  let trying: Promise<void> | undefined
  let stopped = false

  const arm = () => {
    if (kept.length === 0 || trying !== undefined || cancelRetry !== undefined) return
    cancelRetry = clock.timer(retryMs, () => void retry())
  }
  const disarm = () => {
    cancelRetry?.()
    cancelRetry = undefined
  }
  const retry = () => {
    disarm()
    trying = send().finally(() => {
      trying = undefined
      arm()
    })
    return trying
  }
  const giveUp = () => {
    if (kept.length > 0) spool.onGivenUp(kept.length)
    kept = []
  }
  const dropStale = () => {
    const fresh = kept.filter(({ untilMs }) => untilMs > clock.now())
    const surplus = Math.max(0, fresh.length - maxKept)
    const dropped = kept.length - fresh.length + surplus
    kept = fresh.slice(surplus)
    if (dropped > 0) spool.onDropped(dropped)
  }
  const send = async () => {
    try {
      for (dropStale(); kept.length > 0; dropStale()) {
        const oldest = kept[0]!
        await store.putBallot(oldest.shard, oldest.ballot, oldest.options)
        kept = kept.filter((one) => one !== oldest)
        retryMs = firstRetryMs
        spool.onDelivered()
      }
    } catch {
      // The write that failed first has said why.
      retryMs = Math.min(retryMs * 2, longestRetryMs)
    }
  }
  const keep = async (shard: ShardId, ballot: Ballot, options: SpooledBallot['options']) => {
    const untilMs = options.late ? undefined : await spool.freshUntilMs(shard, ballot)
    if (untilMs === undefined) return spool.onDropped(1)
    kept.push({ shard, ballot, options, untilMs })
    dropStale()
    if (stopped) giveUp()
    arm()
  }

  return {
    store: {
      ...store,
      async putBallot(shard, ballot, options) {
        let written: WriteOutcome
        try {
          written = await store.putBallot(shard, ballot, options)
        } catch (error) {
          await keep(shard, ballot, options).catch(() => spool.onDropped(1))
          throw error
        }
        // A home that takes one is back: what waits need not wait for its next try.
        if (kept.length > 0 && trying === undefined) void retry()
        return written
      },
    },
    size: () => kept.length,
    async flush() {
      await trying
      await retry()
    },
    stop() {
      stopped = true
      giveUp()
      disarm()
    },
  }
}
