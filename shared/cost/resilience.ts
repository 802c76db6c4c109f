import type { Config } from '../config/config.ts'
import type { ShardPlan } from '../plan/plan.ts'

/** How soon a configuration alerts, and how many failures its least resilient check tolerates. */
export interface Resilience {
  /** Worst-case time from the start of an outage to the alert, with all voters and homes working. */
  readonly detectionSeconds: Span
  /** The same with the maximum of voters and homes lost. */
  readonly detectionWithLossSeconds: Span
  /** Maximum voters that may be lost while outages are still alerted. */
  readonly votersToLose: number
  /** Maximum homes that may be lost while outages are still alerted. */
  readonly homesToLose: number
}

/** The values of the quickest and the slowest check. */
interface Span {
  readonly quickest: number
  readonly slowest: number
}

/** Time from the deciding ballot to the alert, through a stream and SNS. */
const deliverySeconds = 5
/** Time from a tick's last possible answer to its deadline; a test keeps this and the next equal to the functions'. */
export const graceSeconds = 20
/** How long a voter waits for a home that hangs. */
export const patienceSeconds = 10
/** Maximum time until a sweep finds that a deadline has passed. */
const sweepSeconds = 60

/**
 * Worst case: the outage starts right after a probe, so it is seen an interval later; it must last for the delay's
 * ticks; and the last ballot is cast when the slowest check of its shard has timed out.
 *
 * A lost voter may keep a tick open until its deadline, if only for another check of the shard, and then until the
 * sweep. A lost home may hang: a voter that asks it first for the plan may lose the ticks that start before it asks the
 * next one. From then on it first asks the home that answered.
 */
export function resilienceOf({ homes }: Pick<Config, 'homes'>, shards: readonly ShardPlan[]): Resilience {
  const votersToLose = Math.min(
    ...shards.flatMap(({ voters, checks }) =>
      checks.map(({ confirmations }) => voters.length - confirmations),
    ),
  )
  const homesToLose = homes.length - 1
  const waitingSeconds = votersToLose > 0 ? graceSeconds + sweepSeconds : 0
  return {
    detectionSeconds: span(shards, 0, 0),
    detectionWithLossSeconds: span(shards, homesToLose * patienceSeconds, waitingSeconds),
    votersToLose: shards.length === 0 ? 0 : votersToLose,
    homesToLose,
  }
}

function span(shards: readonly ShardPlan[], hangingSeconds: number, waitingSeconds: number): Span {
  const seconds = shards.flatMap(({ intervalSeconds, checks }) => {
    const timeoutSeconds = Math.max(...checks.map(({ timeoutMs }) => timeoutMs)) / 1000
    const lostTicks = hangingSeconds > 0 ? Math.floor(hangingSeconds / intervalSeconds) + 1 : 0
    return checks.map(
      ({ delay }) =>
        intervalSeconds * (delay.down + lostTicks) + timeoutSeconds + waitingSeconds + deliverySeconds,
    )
  })
  return seconds.length === 0
    ? { quickest: 0, slowest: 0 }
    : { quickest: Math.min(...seconds), slowest: Math.max(...seconds) }
}
