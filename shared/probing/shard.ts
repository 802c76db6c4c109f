import { setMaxListeners } from 'node:events'
import pLimit from 'p-limit'
import type { CheckName } from '../check.ts'
import { type Clock, sleep } from '../clock.ts'
import type { Resolver } from '../network/resolve.ts'
import type { PlannedCheck, ShardPlan } from '../plan/plan.ts'
import { probers } from '../probers/index.ts'
import type { Address, Prober } from '../probers/prober.ts'
import { type Observation, observe } from './observe.ts'
import { watchStalls } from './stall.ts'

/** One check of a shard as this voter saw it. */
export interface Probed extends Observation {
  readonly check: CheckName
}

export interface ShardProbing {
  readonly clock: Clock
  /** A resolver of its own for this tick: every host is looked up once. */
  createResolver(): Resolver
  secret(text: string): Promise<string>
  /** This voter honours `allow_private`: a runner or a local run, never a Lambda. */
  readonly privateAllowed: boolean
  localAddress?(target: Address): string | undefined
  /** So many checks begin at once; 50 by default. */
  readonly concurrency?: number
  /** Each check begins up to this much later, so that the targets are not all hit in one instant. */
  readonly jitterMs?: number
  /** 0 ≤ x < 1, for the jitter. */
  random?(): number
  /** Epoch milliseconds after which a check that has not ended becomes an abstention. */
  readonly deadlineMs?: number
  /** Told of each check as soon as it has ended. */
  onProbed?(probed: Probed): void
}

/**
 * A check gives up its place in the queue after this time though it goes on: a target that keeps silent
 * costs nothing to wait for. Without that, a shard of 200 silent targets would take four timeouts and cast
 * its ballot too late to count, just when everything is down.
 */
const placeHeldMs = 100

/** Probes every check of a shard once; the result is in the order of the plan. */
export async function probeShard(
  { checks }: Pick<ShardPlan, 'checks'>,
  probing: ShardProbing,
): Promise<readonly Probed[]> {
  const { clock, deadlineMs, jitterMs = 0, random = Math.random } = probing
  const limit = pLimit(probing.concurrency ?? 50)
  const stalls = watchStalls(clock)
  const resolver = probing.createResolver()
  const deadline = new AbortController()
  // Every check listens to the deadline: more listeners than Node takes for a leak.
  setMaxListeners(2 * checks.length + 10, deadline.signal)
  const cancelDeadline =
    deadlineMs === undefined
      ? () => {}
      : clock.timer(Math.max(0, deadlineMs - clock.now()), () => deadline.abort())

  const probeOne = async (check: PlannedCheck): Promise<Probed> => {
    // An early end of the jitter needs no answer: the same signal ends the observation.
    if (jitterMs > 0) await sleep(clock, jitterMs * random(), deadline.signal).catch(() => {})
    const { observing } = await limit(async () => {
      const observing = observe((context) => proberOf(check).probe(check.target, context), {
        ...probing,
        resolver,
        timeoutMs: check.timeoutMs,
        allowPrivate: check.allowPrivate,
        stalledMs: stalls.totalMs,
        signal: deadline.signal,
      })
      await settledWithin(clock, placeHeldMs, observing)
      return { observing }
    })
    const probed = { check: check.name, ...(await observing) }
    probing.onProbed?.(probed)
    return probed
  }

  try {
    return await Promise.all(checks.map(probeOne))
  } finally {
    cancelDeadline()
    stalls.stop()
    resolver.close()
  }
}

/** A planned check's target is that of its kind's prober; types cannot follow that through a look-up. */
function proberOf(check: PlannedCheck): Prober<unknown> {
  return probers[check.kind] as Prober<unknown>
}

/** Waits for the promise, but not longer than `ms`. */
async function settledWithin(clock: Clock, ms: number, promise: Promise<unknown>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const cancel = clock.timer(ms, resolve)
  await Promise.race([promise, over])
  cancel()
}
