import type { PlannedCheck } from '../plan/plan.ts'
import { proberOf } from '../probers/index.ts'
import {
  connectionCpuMs,
  farMs,
  jitterMs,
  lambdaSlowness,
  memoryMb,
  nearMs,
  probeCpuMs,
  quorumCpuMs,
  scheduleCpuMs,
  secondBeginsMs,
  slowestCheckMs,
  sweepCpuMs,
  sweptAtOnce,
  tripsPerSweptShard,
  tripsToConnect,
  vcpuMemoryMb,
} from './units.ts'

// How long one warm invocation of each function is billed, in ms. What the bench measures is CPU time on a whole
// core; Lambda gives a part of one, and bills the waiting for the network besides.

/** What CPU time on the bench's core becomes on the share of a vCPU that so much memory brings. */
export function lambdaMs(cpuMs: number, functionMemoryMb: number): number {
  // What one thread does no second vCPU makes faster.
  const share = Math.min(1, functionMemoryMb / vcpuMemoryMb)
  return (cpuMs * lambdaSlowness) / share
}

/** The CPU time of probing these checks. */
export function probingCpuMs(checks: readonly PlannedCheck[]): number {
  return checks.reduce((total, check) => total + proberOf(check.kind).cpuMs(check.target), probeCpuMs)
}

/**
 * A shard at one tick. Its checks begin within the jitter and work while others wait; at the end one waits for
 * the slowest of them.
 *
 * @param homes whether each home is in the voter's own region, the one that it reads plans from first.
 */
export function probeMs(checks: readonly PlannedCheck[], homes: readonly boolean[]): number {
  const [first = false, ...others] = homes
  const cpuMs = probingCpuMs(checks) + homes.length * connectionCpuMs
  const readingMs = tripsToConnect * tripMs(first)
  const writingMs = Math.max(tripMs(first), ...others.map((near) => tripsToConnect * tripMs(near)))
  return Math.max(jitterMs, lambdaMs(cpuMs, memoryMb.probe)) + slowestCheckMs + readingMs + writingMs
}

/** One minute's jobs: sent as a second begins, ten to a batch, and counted as if one batch went after the other. */
export function scheduleMs(jobs: number, isHome: boolean): number {
  const readingMs = tripsToConnect * tripMs(isHome)
  if (jobs === 0) return lambdaMs(scheduleCpuMs(0) + connectionCpuMs, memoryMb.schedule) + readingMs
  const cpuMs = scheduleCpuMs(jobs) + 2 * connectionCpuMs
  const sendingMs = (tripsToConnect - 1 + Math.ceil(jobs / 10)) * nearMs
  return lambdaMs(cpuMs, memoryMb.schedule) + readingMs + secondBeginsMs + sendingMs
}

/** One ballot: the plan, the state, the ballots, the state again. */
export function quorumMs(): number {
  return lambdaMs(quorumCpuMs + connectionCpuMs, memoryMb.quorum) + (tripsToConnect + 3) * nearMs
}

/** One minute's look at every shard, a few at a time, each of these over a connection of its own. */
export function sweepMs(shards: number): number {
  const lanes = Math.min(shards, sweptAtOnce)
  const waitingMs = (tripsToConnect + Math.ceil(shards / sweptAtOnce) * tripsPerSweptShard) * nearMs
  return lambdaMs(sweepCpuMs(shards) + lanes * connectionCpuMs, memoryMb.sweep) + waitingMs
}

function tripMs(near: boolean): number {
  return near ? nearMs : farMs
}
