import type { Clock } from '../../shared/clock.ts'

/**
 * How long a runner may reach no home before it acts. The operators are told of its silence after three minutes, and
 * most outages of AWS and of networks end within ten.
 */
const unreachableMs = 10 * 60_000

/**
 * Minimum uptime of a machine before it is replaced. During a long outage of the homes this limits replacements to one
 * every half hour, and gives each machine time to connect.
 */
const minMachineUptimeMs = 30 * 60_000

/** Tells the supervisor what to do when the process ends. 69 is EX_UNAVAILABLE of sysexits.h. */
export const exitCode = { stopped: 0, restart: 1, replace: 69 } as const

/**
 * Chooses the remedy for a runner that reaches no home. A process that was once connected is restarted, which costs
 * nothing and clears any fault inside it. A process that never connected needs a new machine, since its network,
 * credentials or host may be at fault.
 */
export function remedyFor(wasHeard: boolean, machineUpMs: number): 'restart' | 'replace' {
  return wasHeard || machineUpMs < minMachineUptimeMs ? 'restart' : 'replace'
}

/** Tracks whether a runner reaches any home. */
export interface Connectivity {
  /** A home has a ballot of this runner. */
  heard(): void
  /** A home answered a read; no ballot may have been written yet. */
  answered(): void
  /** A ballot or a read was due, and no home could be reached. */
  unheard(): void
  /** Whether the most recent ballot or read failed at every home. */
  isSilent(): boolean
}

/**
 * @param onUnheard called once per outage, at a failure at least `unreachableMs` after the first one, so that a single
 *   failure of a runner with hourly checks does not count. `wasHeard`: whether a ballot of this process ever arrived.
 */
export function watchConnectivity(clock: Clock, onUnheard: (wasHeard: boolean) => void): Connectivity {
  let wasHeard = false
  let isReported = false
  // Monotonic, because the first clock correction after boot would otherwise look like a long silence.
  let sinceMs: number | undefined
  const answered = () => {
    sinceMs = undefined
    isReported = false
  }
  return {
    answered,
    heard() {
      wasHeard = true
      answered()
    },
    unheard() {
      sinceMs ??= clock.monotonic()
      if (isReported || clock.monotonic() - sinceMs < unreachableMs) return
      isReported = true
      onUnheard(wasHeard)
    },
    isSilent: () => sinceMs !== undefined,
  }
}
