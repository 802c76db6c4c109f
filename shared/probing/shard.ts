import type { CheckName } from '../check.ts'
import type { Clock } from '../clock.ts'
import { Lifetime } from '../lifetime.ts'
import type { Address } from '../network/address.ts'
import type { Resolver } from '../network/resolve.ts'
import type { PlannedCheck, ShardPlan } from '../plan/plan.ts'
import { probers } from '../probers/index.ts'
import type { Prober } from '../probers/prober.ts'
import type { RawSockets } from '../raw/sockets.ts'
import { type Observation, observe } from './observe.ts'
import { createSemaphore } from './semaphore.ts'
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
  /** Where this voter can open raw sockets: a runner, or a local run. */
  readonly raw?: RawSockets | undefined
  /** So many checks begin at once; 50 by default. */
  readonly concurrency?: number
  /** Each check begins up to this much later, so that the targets are not all hit in one instant. */
  readonly jitterMs?: number
  /** 0 ≤ x < 1, for the jitter. */
  random?(): number
  /** Epoch milliseconds after which a check that has not ended becomes an abstention. */
  readonly deadlineMs?: number
  /** Its end does the same earlier. One for each tick: it is held until that ends. */
  readonly within?: Lifetime
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
  const stalls = watchStalls(clock)
  const resolver = probing.createResolver()
  const places = createSemaphore(clock, probing.concurrency ?? 50, placeHeldMs)
  const tick = probing.within?.within() ?? new Lifetime()
  const cancelDeadline =
    deadlineMs === undefined
      ? () => {}
      : clock.timer(Math.max(0, deadlineMs - clock.now()), () => tick.end(deadlineIsOver))

  const common = { ...probing, resolver, stalledMs: stalls.totalMs, within: tick }

  const probeOne = async (check: PlannedCheck): Promise<Probed> => {
    if (jitterMs > 0) await sleepWithin(tick, clock, jitterMs * random())
    const place = await places.acquire()
    const observation = await observe((context) => proberOf(check).probe(check.target, context), {
      ...common,
      timeoutMs: check.timeoutMs,
      allowPrivate: check.allowPrivate,
    })
    places.release(place)
    const probed = { check: check.name, ...observation }
    probing.onProbed?.(probed)
    return probed
  }

  try {
    return await Promise.all(checks.map(probeOne))
  } finally {
    cancelDeadline()
    places.stop()
    stalls.stop()
    resolver.close()
  }
}

const deadlineIsOver = new Error('the deadline of this tick has passed')

/** Resolves after `delayMs`, or earlier with the lifetime. */
function sleepWithin(lifetime: Lifetime, clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.timer(delayMs, resolve)
    lifetime.onEnd(() => {
      cancel()
      resolve()
    })
  })
}

/** A planned check's target is that of its kind's prober; types cannot follow that through a look-up. */
function proberOf(check: PlannedCheck): Prober<unknown> {
  return probers[check.kind] as Prober<unknown>
}
