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

/** Plans are read from whichever home has them. */
export interface RunnerOptions extends SpoolsOptions {
  readonly voter: VoterName
  readonly sockets: RawSockets
  /** Called at least every few seconds for as long as it is not stuck, for the watchdog. */
  onAlive?(): void
  /** Called once, when it has proven that it does what it is there for. */
  onReady?(proof: Proof): void
  /** Called when it has reached no home for ten minutes, and again after each time that it has. */
  onUnheard?(wasHeard: boolean): void
}

/**
 * `voted`: a home has its first ballot, or had it already from another machine that votes as the same voter
 * while it is being replaced. `idle`: it could read which plans there are, and none has anything for it soon:
 * there is no plan yet, the plan names others only, or its checks are hours apart.
 */
export type Proof = 'voted' | 'idle'

export interface Runner {
  /**
   * Begins nothing more, and lets the checks that have begun end by themselves for `probeOnMs`: the machine that
   * replaces this one may be probing the same tick, and of two ballots of one voter the first counts. One that was
   * cut short would take the place of a whole one. Then what has not ended abstains, and the ballots in which
   * anything is known are written; what waits for a home is tried once more. All that within `stopWithinMs`; the
   * log says what could not be done in it.
   */
  stop(): Promise<void>
}

/** Jobs are looked for each second, for the seconds up to this far ahead: half a look may fail. */
const lookEveryMs = 1000
const lookAheadSeconds = 3
/** Who starts one and looks on wants to know by then why nothing happens; the patience of a call is longer. */
const quietMs = 3000
/** Longer than a new plan takes to hold (three minutes, to the next whole one), and a tick of a minute. */
const soonSeconds = 300
/** systemd and people wait five seconds; the last is for whoever called. */
const stopWithinMs = 4000
/** Of these so many are for the checks, most of which answer within one; the rest is for the writing. */
const probeOnMs = 2500

/** A voter that keeps its own time: probes each of its shards at its ticks, like a region, for as long as it runs. */
export function startRunner(options: RunnerOptions): Runner {
  const { voter, clock, log, graceMs } = options
  const plans = lastKnownPlans(planReader(anyHome([...options.homes.values()]), clock), voter, clock, {
    onLost: (error) => log.error('the plan cannot be read; what is known goes on', { error: nameOf(error) }),
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
  let hasLooked = false
  let fault = ''
  // What was missed before, or is missed by a machine that sleeps, is nobody's.
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

  async function look(): Promise<void> {
    const nowSeconds = Math.floor(clock.now() / 1000)
    const from = Math.max(scheduledTo, nowSeconds)
    const to = nowSeconds + lookAheadSeconds
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
          log.error('a home did not take a ballot', { ...job, error: nameOf(error) })
          if (!isTaken) connectivity.unheard()
        },
      )
      .finally(() => casting.delete(cast))
    casting.set(cast, within)
  }

  function lookAgain(): void {
    look()
      .then(
        () => {
          if (fault !== '') connectivity.answered()
          fault = ''
        },
        (error: unknown) => {
          // The same trouble comes each second for as long as it lasts; once is enough.
          if (fault !== nameOf(error)) log.warn('the next ticks are not known', { error: nameOf(error) })
          fault = nameOf(error)
          connectivity.unheard()
        },
      )
      .finally(() => {
        hasLooked = true
        options.onAlive?.()
        at(clock.now() + lookEveryMs, lookAgain)
      })
  }
  lookAgain()
  at(clock.now() + quietMs, () => {
    if (!hasLooked) log.warn('no home has answered yet: it waits', { homes: [...options.homes.keys()] })
  })

  return {
    async stop() {
      stopped = true
      for (const cancel of timers) cancel()
      const cancelProbing = clock.timer(probeOnMs, () => {
        for (const within of casting.values()) within.end(isStopping)
      })
      const { promise: patience, resolve } = Promise.withResolvers<void>()
      const cancelPatience = clock.timer(stopWithinMs, resolve)
      await Promise.race([Promise.all([...casting.keys(), spools.flush()]), patience])
      cancelProbing()
      cancelPatience()
      if (casting.size > 0)
        log.error('jobs were abandoned: not every home may have their ballots', { jobs: casting.size })
      spools.stop()
    },
  }
}

const isStopping = new Error('this voter is stopping')
