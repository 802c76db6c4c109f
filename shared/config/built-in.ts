/** Defaults if neither the check nor `defaults` sets an option. */
export const builtIn = {
  intervalSeconds: 60,
  /** Bounded by the interval. */
  timeoutMs: 10_000,
  /** Bounded by the number of voters. */
  confirmations: 2,
  /** So that a single bad tick alerts no one. gobearmon's default, `delay: 1`, also means two rounds. */
  delayTicks: 2,
} as const
