import type { VoterName } from '../../shared/check.ts'
import { Lifetime } from '../../shared/lifetime.ts'
import { createResolver } from '../../shared/network/resolve.ts'
import { anyHome } from '../../shared/plan/homes.ts'
import { readJobs } from '../../shared/plan/jobs.ts'
import { lastKnownPlans } from '../../shared/plan/last-known-plans.ts'
import { planReader } from '../../shared/plan/reader.ts'
import type { Job } from '../../shared/plan/schedule.ts'
import { type CastContext, castBallot, castMeanings } from '../../shared/probing/cast.ts'
import type { RawSockets } from '../../shared/raw/sockets.ts'
import { createSecrets } from '../../shared/secrets/resolve.ts'
import { nameOf } from '../../shared/text/error.ts'
import { watchConnectivity } from './connectivity.ts'
import { type SpoolsOptions, spoolHomes } from './spools.ts'

export interface RunnerOptions extends SpoolsOptions {
  readonly voter: VoterName
  readonly sockets: RawSockets
  /** Called every few seconds unless the runner is stuck, for the watchdog. */
  onAlive?(): void
  /** Called once, when the runner has shown that it works. */
  onReady?(proof: Proof): void
  /** Called once per outage, when no home was reachable for ten minutes. */
  onUnheard?(wasHeard: boolean): void
}

/**
 * `voted`: a home has this runner's first ballot, or already has that tick's from the machine being replaced, which
 * votes as the same voter. `idle`: the plans could be read and none has a check for it soon: there is no plan yet, the
 * plan does not name it, or its checks are hours apart.
 */
export type Proof = 'voted' | 'idle'

export interface Runner {
  /**
   * Stops the runner within `stopWithinMs`; the log says what could not be finished.
   * 1. No new tick is started.
   * 2. Checks in progress may finish for `probeOnMs`. The machine that replaces this one may probe the same tick, and
   *    a voter's first ballot counts, so a ballot cut short would displace a complete one.
   * 3. Unfinished checks then abstain, and ballots with at least one result are written.
   * 4. Spooled ballots are tried once more.
   */
  stop(): Promise<void>
}

/** How often due jobs are read from the plan. */
const readEveryMs = 1000
/** How far ahead jobs are read, so that single failed reads miss no tick. */
const readAheadSeconds = 3
/** When to log that no home has answered. An AWS call's own timeout is too long for someone watching the start. */
const firstAnswerMs = 3000
/** Exceeds the time until a new plan takes effect (three minutes, rounded up to a whole one) plus a one-minute tick. */
const soonSeconds = 300
/** The process must end within five seconds; the last one is left to the caller. */
const stopWithinMs = 4000
/** The part of `stopWithinMs` for unfinished checks, most of which answer within a second; the rest is for writing. */
const probeOnMs = 2500

/** Starts a voter that keeps its own time, and probes each of its shards at its ticks until it is stopped. */
export function startRunner(options: RunnerOptions): Runner {
  const { voter, clock, log, graceMs } = options
  const plans = lastKnownPlans(planReader(anyHome([...options.homes.values()]), clock), voter, clock, {
    onLost: (error) =>
      log.error('the plan cannot be read; the last known plan stays in use', { error: nameOf(error) }),
    onFound: () => log.info('the plan can be read again'),
  })
  const spools = spoolHomes(options, plans, heard)
  const context: CastContext = {
    voter,
    plans,
    homes: spools.homes,
    clock,
    graceMs,
    createResolver: () => createResolver(),
    secret: createSecrets({ clock, env: (name) => process.env[name] }),
    privateAllowed: true,
    raw: options.sockets,
  }
  const casting = new Map<Promise<void>, Lifetime>()
  const timers = new Set<() => void>()
  const connectivity = watchConnectivity(clock, (wasHeard) => options.onUnheard?.(wasHeard))
  let stopped = false
  let isReady = false
  let hasRead = false
  let fault = ''
  // Ticks before the start, or missed while the machine slept, are skipped.
  let scheduledTo = Math.ceil(clock.now() / 1000)

  function heard(): void {
    connectivity.heard()
    ready('voted')
  }

  function ready(proof: Proof): void {
    if (isReady) return
    isReady = true
    options.onReady?.(proof)
  }

  async function scheduleJobs(): Promise<void> {
    const nowSeconds = Math.floor(clock.now() / 1000)
    const from = Math.max(scheduledTo, nowSeconds)
    const to = nowSeconds + readAheadSeconds
    const jobs = await readJobs(plans, voter, from, to)
    scheduledTo = to
    for (const job of jobs) at(job.tick * 1000, () => begin(job))
    if (isReady || casting.size > 0 || connectivity.isSilent()) return
    const soon = await readJobs(plans, voter, from, nowSeconds + soonSeconds)
    if (soon.length === 0) ready('idle')
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
    let isTaken = false
    const within = new Lifetime()
    const onCast = () => {
      isTaken = true
      heard()
    }
    const cast = castBallot(job, { ...context, within, onCast })
      .then(
        (outcome) => {
          if (outcome !== 'cast') log.warn(castMeanings[outcome], { ...job })
        },
        (error: unknown) => {
          log.error('a home did not accept a ballot', { ...job, error: nameOf(error) })
          if (!isTaken) connectivity.unheard()
        },
      )
      .finally(() => casting.delete(cast))
    casting.set(cast, within)
  }

  function keepScheduling(): void {
    scheduleJobs()
      .then(
        () => {
          if (fault !== '') connectivity.answered()
          fault = ''
        },
        (error: unknown) => {
          // The same error recurs every second while it lasts, so it is logged once.
          if (fault !== nameOf(error)) log.warn('the next ticks cannot be read', { error: nameOf(error) })
          fault = nameOf(error)
          connectivity.unheard()
        },
      )
      .finally(() => {
        hasRead = true
        options.onAlive?.()
        at(clock.now() + readEveryMs, keepScheduling)
      })
  }
  keepScheduling()
  at(clock.now() + firstAnswerMs, () => {
    if (!hasRead) log.warn('no home has answered yet; still waiting', { homes: [...options.homes.keys()] })
  })

  return {
    async stop() {
      stopped = true
      for (const cancel of timers) cancel()
      const cancelProbing = clock.timer(probeOnMs, () => {
        for (const within of casting.values()) within.end(isStopping)
      })
      const { promise: timeout, resolve } = Promise.withResolvers<void>()
      const cancelTimeout = clock.timer(stopWithinMs, resolve)
      await Promise.race([Promise.all([...casting.keys(), spools.flush()]), timeout])
      cancelProbing()
      cancelTimeout()
      if (casting.size > 0)
        log.error('jobs were abandoned; some homes may lack their ballots', { jobs: casting.size })
      spools.stop()
    },
  }
}

const isStopping = new Error('this voter is stopping')
