import type { Clock } from '../../shared/clock.ts'

/**
 * How long a runner puts up with reaching no home. The operators hear of its silence after three minutes;
 * most troubles of AWS and of networks are over within ten.
 */
const unheardMs = 10 * 60_000

/**
 * A machine gives way to another only when it has been up for this long: however long the homes are away, that
 * is one new machine every half hour, and each has had its chance.
 */
const machineTrialMs = 30 * 60_000

/** What the end of the process asks of whoever watches it. 69 is EX_UNAVAILABLE of sysexits.h. */
export const exitCode = { stopped: 0, restart: 1, replace: 69 } as const

/**
 * What may help a runner that reaches no home. A new process first, which costs nothing: whatever went bad
 * within the old one is gone. Where a process has not been heard since it began, a new machine: its network,
 * its credentials or its host may be what is bad.
 */
export function remedyFor(wasHeard: boolean, machineUpMs: number): 'restart' | 'replace' {
  return wasHeard || machineUpMs < machineTrialMs ? 'restart' : 'replace'
}

/** Keeps account of whether anything that a runner has to say arrives anywhere. */
export interface Connectivity {
  /** A home has a ballot of this runner. */
  heard(): void
  /** A home answers, though no ballot has been written yet. */
  answered(): void
  /** Something was due, and no home could be reached with it. */
  unheard(): void
  /** Whether the last that was due has not arrived. */
  isSilent(): boolean
}

/**
 * @param onUnheard told once when something due fails to arrive and nothing has arrived for `unheardMs`, so
 *   that a runner with one check an hour is not judged by a single failure. `wasHeard`: since it began.
 */
export function watchConnectivity(clock: Clock, onUnheard: (wasHeard: boolean) => void): Connectivity {
  let wasHeard = false
  let told = false
  // Monotonic: a machine whose clock is set right after it has booted was not silent for all that time.
  let sinceMs: number | undefined
  const answered = () => {
    sinceMs = undefined
    told = false
  }
  return {
    answered,
    heard() {
      wasHeard = true
      answered()
    },
    unheard() {
      sinceMs ??= clock.monotonic()
      if (told || clock.monotonic() - sinceMs < unheardMs) return
      told = true
      onUnheard(wasHeard)
    },
    isSilent: () => sinceMs !== undefined,
  }
}
