import type { CheckName } from '../check.ts'
import type { Clock } from '../clock.ts'
import { Lifetime } from '../lifetime.ts'
import type { Address } from '../network/address.ts'
import type { Resolver } from '../network/resolve.ts'
import type { PlannedCheck, ShardPlan } from '../plan/plan.ts'
import { proberOf } from '../probers/index.ts'
import type { RawSockets } from '../raw/sockets.ts'
import { type Observation, observe } from './observe.ts'
import { createSemaphore } from './semaphore.ts'
import { watchStalls } from './stall.ts'

/** This voter's observation of one check of a shard. */
export interface Probed extends Observation {
  readonly check: CheckName
}

export interface ShardProbing {
  readonly clock: Clock
  /** Creates a resolver for this tick, which looks up every host once. */
  createResolver(): Resolver
  secret(text: string): Promise<string>
  /** This voter honours `allow_private`: a runner or a local run, never a Lambda. */
  readonly privateAllowed: boolean
  localAddress?(target: Address): string | undefined
  /** Set if this voter can open raw sockets: a runner or a local run. */
  readonly raw?: RawSockets | undefined
  /** Maximum checks started at once; 50 by default. */
  readonly concurrency?: number
  /** Each check starts after a random delay of up to this, so that targets are not all hit in the same instant. */
  readonly jitterMs?: number
  /** Returns 0 ≤ x < 1, for the jitter. */
  random?(): number
  /** Epoch milliseconds after which an unfinished check becomes an abstention. */
  readonly deadlineMs?: number
  /** When it ends, unfinished checks become abstentions earlier. One per tick: it holds the tick until it ends. */
  readonly within?: Lifetime
  /** Called for each check as soon as it has ended. */
  onProbed?(probed: Probed): void
}

/**
 * A check loses its permit after this time but goes on, because waiting for a silent target costs nothing. Otherwise
 * a shard of 200 silent targets would take four timeouts and cast its ballot too late to count, just when everything
 * is down.
 */
const permitMs = 100

/** Probes every check of a shard once; the result is in the order of the plan. */
export async function probeShard(
  { checks }: Pick<ShardPlan, 'checks'>,
  probing: ShardProbing,
): Promise<readonly Probed[]> {
  const { clock, deadlineMs, jitterMs = 0, random = Math.random } = probing
  const stalls = watchStalls(clock)
  const resolver = probing.createResolver()
  const permits = createSemaphore(clock, probing.concurrency ?? 50, permitMs)
  const tick = probing.within?.within() ?? new Lifetime()
  const cancelDeadline =
    deadlineMs === undefined
      ? () => {}
      : clock.timer(Math.max(0, deadlineMs - clock.now()), () => tick.end(deadlineIsOver))

  const common = { ...probing, resolver, stalledMs: stalls.totalMs, within: tick }

  const probeOne = async (check: PlannedCheck): Promise<Probed> => {
    if (jitterMs > 0) await sleepWithin(tick, clock, jitterMs * random())
    const permit = await permits.acquire()
    const observation = await observe((context) => proberOf(check.kind).probe(check.target, context), {
      ...common,
      timeoutMs: check.timeoutMs,
      allowPrivate: check.allowPrivate,
    })
    permits.release(permit)
    const probed = { check: check.name, ...observation }
    probing.onProbed?.(probed)
    return probed
  }

  try {
    return await Promise.all(checks.map(probeOne))
  } finally {
    cancelDeadline()
    permits.stop()
    stalls.stop()
    resolver.close()
  }
}

const deadlineIsOver = new Error('the deadline of this tick has passed')

/** Resolves after `delayMs`, or earlier if the lifetime ends. */
function sleepWithin(lifetime: Lifetime, clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.timer(delayMs, resolve)
    lifetime.onEnd(() => {
      cancel()
      resolve()
    })
  })
}
