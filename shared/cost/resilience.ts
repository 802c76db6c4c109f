import type { Config } from '../config/config.ts'
import type { ShardPlan } from '../plan/plan.ts'

/** How soon a configuration tells, and what it can bear: the check that can bear least. */
export interface Resilience {
  /** From the beginning of an outage to the alert, at worst, while every voter and every home is there. */
  readonly detectionSeconds: Span
  /** The same while as many voters and homes are gone as may be. */
  readonly detectionWithLossSeconds: Span
  /** So many voters may be gone, and an outage is still told. */
  readonly votersToLose: number
  /** So many homes may be gone, and an outage is still told. */
  readonly homesToLose: number
}

/** Of the quickest check and of the slowest. */
interface Span {
  readonly quickest: number
  readonly slowest: number
}

/** From the deciding ballot to the alert, with a stream and SNS on the way. */
const deliverySeconds = 5
/** Between a tick's last possible answer and its deadline; a test holds this and the next with the functions. */
export const graceSeconds = 20
/** How long a voter asks a home that hangs. */
export const patienceSeconds = 10
/** Until a sweep finds that a deadline has passed. */
const sweepSeconds = 60

/**
 * The outage begins right after a probe, so it is seen an interval later; it lasts for the delay's ticks; and the
 * last ballot is cast when the slowest check of its shard has timed out.
 *
 * A voter that is gone may keep a tick open until its deadline, if only for another check of the shard, and then
 * until the sweep. A home that is gone may hang: a voter that asks it first for the plan has lost so much time when
 * it asks the next that it may have to give up the ticks that began meanwhile. From then on it asks the home first
 * that answered.
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
