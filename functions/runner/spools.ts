import type { Clock } from '../../shared/clock.ts'
import type { PlanReader } from '../../shared/plan/reader.ts'
import { freshUntilMs } from '../../shared/probing/cast.ts'
import { spoolBallots } from '../../shared/probing/spool.ts'
import type { Store } from '../../shared/store/store.ts'
import type { Log } from '../runtime/log.ts'

export interface SpoolsOptions {
  /** The tables of all homes, keyed by region. */
  readonly homes: ReadonlyMap<string, Store>
  readonly clock: Clock
  readonly log: Log
  readonly graceMs: number
}

/** The homes of a runner, each behind its own spool. Dropped ballots are logged. */
export interface Spools {
  /** The stores to write ballots to, keyed by region. */
  readonly homes: ReadonlyMap<string, Store>
  /** Tries once more to write the spooled ballots, to all homes at once. */
  flush(): Promise<void>
  /** Drops the ballots that are still spooled. */
  stop(): void
}

/** @param onDelivered called when a home has accepted a spooled ballot. */
export function spoolHomes(
  { homes, clock, log, graceMs }: SpoolsOptions,
  plans: PlanReader,
  onDelivered: () => void,
): Spools {
  const spoolFor = (home: string, store: Store) =>
    spoolBallots(store, {
      clock,
      async freshUntilMs(shard, { plan, tick }) {
        const document = await plans.shard(plan, shard)
        return document && freshUntilMs(document, tick, graceMs)
      },
      onDropped: (dropped) =>
        log.error('ballots were dropped: they would have arrived too late', { home, dropped }),
      onGivenUp: (dropped) =>
        log.error('ballots were dropped: the runner stopped before their home accepted them', {
          home,
          dropped,
        }),
      onDelivered() {
        onDelivered()
        log.info('a spooled ballot was delivered', { home })
      },
    })
  const spools = new Map([...homes].map(([region, store]) => [region, spoolFor(region, store)]))
  return {
    homes: new Map([...spools].map(([region, { store }]) => [region, store])),
    async flush() {
      await Promise.all([...spools.values()].map((spool) => spool.flush()))
    },
    stop() {
      for (const spool of spools.values()) spool.stop()
    },
  }
}
