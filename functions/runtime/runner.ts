import type { PlanVersion, VoterName } from '../../shared/check.ts'
import type { Clock } from '../../shared/clock.ts'
import { createResolver } from '../../shared/network/resolve.ts'
import type { PlanIndex } from '../../shared/plan/plan.ts'
import { planReader } from '../../shared/plan/reader.ts'
import { type Job, jobsBetween } from '../../shared/plan/schedule.ts'
import { steadyPlans } from '../../shared/plan/steady.ts'
import { type CastContext, castBallot, freshUntilMs } from '../../shared/probing/cast.ts'
import { spoolBallots } from '../../shared/probing/spool.ts'
import type { RawSockets } from '../../shared/raw/sockets.ts'
import { createSecrets } from '../../shared/secrets/resolve.ts'
import type { Store } from '../../shared/store/store.ts'
import { type Log, nameOf } from './log.ts'

export interface RunnerOptions {
  readonly voter: VoterName
  /** The tables of all homes, keyed by their region; plans are read from the first. */
  readonly homes: ReadonlyMap<string, Store>
  readonly sockets: RawSockets
  readonly clock: Clock
  readonly log: Log
  readonly graceMs: number
  /** Called at least every few seconds for as long as all is well, for the watchdog. */
  onAlive?(): void
}

export interface Runner {
  /** Begins nothing more and waits, at most `stopWithinMs`, for what is under way. */
  stop(): Promise<void>
}

/** Jobs are looked for each second, for the seconds up to this far ahead: half a look may fail. */
const lookEveryMs = 1000
const lookAheadSeconds = 3
/** systemd and people wait five seconds; the last is for whoever called. */
const stopWithinMs = 4000

/** A voter that keeps its own time: probes each of its shards at its ticks, like a region, for as long as it runs. */
export function startRunner(options: RunnerOptions): Runner {
  const { voter, clock, log, graceMs } = options
  const home = [...options.homes.values()][0]!
  const plans = steadyPlans(planReader(home, clock), {
    onLost: (error) => log.error('the plan cannot be read; what is known goes on', { error: nameOf(error) }),
    onFound: () => log.info('the plan can be read again'),
  })
  const spools = new Map([...options.homes].map(([region, store]) => [region, spoolFor(region, store)]))
  const context: CastContext = {
    voter,
    plans,
    homes: new Map([...spools].map(([region, { store }]) => [region, store])),
    clock,
    graceMs,
    createResolver: () => createResolver(),
    secret: createSecrets({ clock, env: (name) => process.env[name] }),
    privateAllowed: true,
    raw: options.sockets,
  }
  const casting = new Set<Promise<void>>()
  const timers = new Set<() => void>()
  let stopped = false
  let fault = ''
  // What was missed before, or is missed by a machine that sleeps, is nobody's.
  let scheduledTo = Math.ceil(clock.now() / 1000)

  function spoolFor(region: string, store: Store) {
    return spoolBallots(store, {
      clock,
      async freshUntilMs(shard, { plan, tick }) {
        const document = await plans.shard(plan, shard)
        return document && freshUntilMs(document, tick, graceMs)
      },
      onDropped: (dropped) =>
        log.error('ballots were dropped: they would have come too late', { home: region, dropped }),
      onDelivered: () => log.info('a ballot that had waited was taken', { home: region }),
    })
  }

  async function look(): Promise<void> {
    const nowSeconds = Math.floor(clock.now() / 1000)
    const from = Math.max(scheduledTo, nowSeconds)
    const to = nowSeconds + lookAheadSeconds
    const entries = await plans.entries()
    const indexes = new Map<PlanVersion, PlanIndex>()
    for (const { version } of entries) indexes.set(version, await plans.index(version))
    const jobs = jobsBetween(entries, ({ version }) => indexes.get(version)!, voter, from, to)
    scheduledTo = to
    for (const job of jobs) at(job.tick * 1000, () => begin(job))
    options.onAlive?.()
  }

  function at(whenMs: number, act: () => void): void {
    if (stopped) return
    const cancel = clock.timer(Math.max(0, whenMs - clock.now()), () => {
      timers.delete(cancel)
      act()
    })
    timers.add(cancel)
  }

  function begin(job: Job): void {
    const cast = castBallot(job, context)
      .then(
        (outcome) => {
          if (outcome !== 'cast') log.warn(`a ballot was not cast in time to count: ${outcome}`, { ...job })
        },
        (error: unknown) => log.error('a home did not take a ballot', { ...job, error: nameOf(error) }),
      )
      .finally(() => casting.delete(cast))
    casting.add(cast)
  }

  function lookAgain(): void {
    look()
      .then(
        () => {
          fault = ''
        },
        (error: unknown) => {
          // The same trouble comes each second for as long as it lasts; once is enough.
          if (fault !== nameOf(error)) log.warn('the next ticks are not known', { error: nameOf(error) })
          fault = nameOf(error)
        },
      )
      .finally(() => at(clock.now() + lookEveryMs, lookAgain))
  }
  lookAgain()

  return {
    async stop() {
      stopped = true
      for (const cancel of timers) cancel()
      const { promise: patience, resolve } = Promise.withResolvers<void>()
      const cancel = clock.timer(stopWithinMs, resolve)
      await Promise.race([Promise.all(casting), patience])
      cancel()
      for (const spool of spools.values()) spool.stop()
    },
  }
}
