import type { Clock } from '../../shared/clock.ts'
import type { PlanReader } from '../../shared/plan/reader.ts'
import { freshUntilMs } from '../../shared/probing/cast.ts'
import { spoolBallots } from '../../shared/probing/spool.ts'
import type { Store } from '../../shared/store/store.ts'
import type { Log } from '../runtime/log.ts'

/** What the spools of a runner work with. */
export interface SpoolsOptions {
  /** The tables of all homes, keyed by their region. */
  readonly homes: ReadonlyMap<string, Store>
  readonly clock: Clock
  readonly log: Log
  readonly graceMs: number
}

/** The homes of a runner, each with a spool of its own; what a spool loses is logged. */
export interface Spools {
  /** Keyed by their region: what a ballot is written to. */
  readonly homes: ReadonlyMap<string, Store>
  /** Tries once more, in all homes at once, to get rid of what waits. */
  flush(): Promise<void>
  /** Gives up what still waits. */
  stop(): void
}

/** @param onDelivered told when a home has taken a ballot that had waited. */
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
        log.error('ballots were dropped: they would have come too late', { home, dropped }),
      onGivenUp: (dropped) =>
        log.error('ballots were dropped: the runner stops before their home has taken them', {
          home,
          dropped,
        }),
      onDelivered() {
        onDelivered()
        log.info('a ballot that had waited was taken', { home })
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
