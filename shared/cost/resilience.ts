import type { Config, ConfiguredCheck } from '../config/config.ts'

/** How soon a configuration tells, and what it can bear: the check that can bear least. */
export interface Resilience {
  /** From the beginning of an outage to the alert, at worst: of the quickest check and of the slowest. */
  readonly detectionSeconds: { readonly quickest: number; readonly slowest: number }
  /** So many voters may be gone, and an outage is still told. */
  readonly votersToLose: number
  /** So many homes may be gone, and an outage is still told. */
  readonly homesToLose: number
}

/** From the deciding ballot to the alert, with a stream and SNS on the way. */
const deliverySeconds = 5

/**
 * The outage begins right after a probe, so it is seen an interval later; it lasts for the delay's ticks; and the
 * last probe takes its whole timeout to find out.
 */
export function resilienceOf({ checks, homes }: Config): Resilience {
  const enabled = checks.filter((check) => check.enabled)
  const detections = enabled.map(detectionSeconds).toSorted((one, other) => one - other)
  return {
    detectionSeconds: { quickest: detections[0] ?? 0, slowest: detections.at(-1) ?? 0 },
    votersToLose:
      enabled.length === 0
        ? 0
        : Math.min(...enabled.map(({ voters, confirmations }) => voters.length - confirmations)),
    homesToLose: homes.length - 1,
  }
}

function detectionSeconds({ intervalSeconds, delay, timeoutMs }: ConfiguredCheck): number {
  return intervalSeconds * delay.down + timeoutMs / 1000 + deliverySeconds
}
