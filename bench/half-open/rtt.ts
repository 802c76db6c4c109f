import type { Program } from '../../test/netns/namespaces.ts'
import type { Run } from '../bench.ts'
import { median, percentile } from '../statistics.ts'
import type { Load } from './load.ts'
import { timeoutMs } from './rate.ts'
import { type Family, families, inTurns, load, ours, serverOf, shaker, type Testbed } from './testbed.ts'

/** How far the round trips that a checker reports are from the kernel's timestamps, in microseconds. */
export interface RttError {
  readonly medianUs: number
  readonly p99Us: number
}

/** Runs one check at a time while the client's packets are captured; returns medians over the rounds. */
export async function measureRtts(
  { wire, checkers }: Testbed,
  { short, progress }: Run,
): Promise<Readonly<Record<Family, ReadonlyMap<string, RttError>>>> {
  const errors = { 4: new Map<string, RttError[]>(), 6: new Map<string, RttError[]>() }
  const stamps = await wire.start('client', new URL('stamps.ts', import.meta.url).href)
  const count = short ? 400 : 1000
  for (let round = 0; round < (short ? 3 : 5); round++) {
    for (const family of families) {
      const asked = { ...serverOf(family), count, inFlight: 1, timeoutMs, rtts: true }
      for (const [name, program] of inTurns(checkers, [ours, shaker], round)) {
        progress(`half-open: IPv${family} round trips, round ${round + 1}, ${name}`)
        const off = await compare(program, stamps, asked)
        const told = errors[family].get(name) ?? []
        errors[family].set(name, told)
        told.push({ medianUs: percentile(off, 0.5), p99Us: percentile(off, 0.99) })
      }
    }
  }
  await stamps.stop()
  const overRounds = (family: Family) =>
    new Map([...errors[family]].map(([name, rounds]) => [name, medians(rounds)]))
  return { 4: overRounds(4), 6: overRounds(6) }
}

function medians(rounds: readonly RttError[]): RttError {
  return {
    medianUs: median(rounds.map(({ medianUs }) => medianUs)),
    p99Us: median(rounds.map(({ p99Us }) => p99Us)),
  }
}

/** Returns the difference between reported and captured round trip of each check, in microseconds. */
async function compare(program: Program, stamps: Program, asked: Load): Promise<readonly number[]> {
  for (let attempt = 0; attempt < 3; attempt++) {
    await stamps.ask('round trips')
    const { rttsUs = [] } = await load(program, asked)
    const kernelUs = await stamps.ask<readonly (number | null)[]>('round trips')
    // After a lost packet the two lists can no longer be matched.
    const isComplete = kernelUs.length === rttsUs.length && !kernelUs.includes(null)
    if (isComplete) return rttsUs.map((us, index) => Math.abs(us - kernelUs[index]!))
  }
  throw new Error('packets were lost between the namespaces, three times in a row')
}
