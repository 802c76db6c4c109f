import type { ShardId } from '../check.ts'
import type { Clock } from '../clock.ts'
import type { WriteOutcome } from '../plan/plan-store.ts'
import type { Ballot } from '../quorum/ballot.ts'
import type { Store } from '../store/store.ts'

/** Keeps ballots that a home did not take and retries them: only for a long-running voter, not for a Lambda. */
export interface Spool {
  /** The home's table; a ballot that it does not take is kept, and the failed write throws all the same. */
  readonly store: Store
  /** The number of kept ballots. */
  size(): number
  /** Retries the kept ballots once, now. Resolves when that has ended, successful or not. */
  flush(): Promise<void>
  /** Stops retrying and discards the kept ballots. */
  stop(): void
}

export interface SpoolOptions {
  readonly clock: Clock
  /** Latest time (epoch ms) at which this ballot counts; undefined if that is unknown. */
  freshUntilMs(shard: ShardId, ballot: Ballot): Promise<number | undefined>
  /** Called with the number of dropped ballots: stale ones, or too many. They are never sent as if they were fresh. */
  onDropped(count: number): void
  /** Called with the number of ballots that would still have counted when the spool was stopped. */
  onGivenUp(count: number): void
  /** Called when the home has taken a kept ballot. */
  onDelivered(): void
}

/** Maximum kept ballots, about a kilobyte each; at one shard a second, fewer than this are still fresh. */
const maxKept = 1000
/** Delay between two attempts: the first and the longest. */
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
      // The first write of this ballot has thrown the reason already.
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
        // The home is back, so retry the kept ballots now.
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
