import type { Program } from '../../test/netns/namespaces.ts'
import type { Run } from '../bench.ts'
import { percentile } from '../statistics.ts'
import type { Load } from './load.ts'
import { timeoutMs } from './rate.ts'
import { type Family, families, load, ours, serverOf, shaker, type Testbed } from './testbed.ts'

/** How far the round trips that a checker tells are from those of the kernel's stamps, in microseconds. */
export interface RttError {
  readonly medianUs: number
  readonly p99Us: number
}

/** One check at a time, while the client's packets are watched. */
export async function measureRtts(
  { wire, checkers }: Testbed,
  { short, progress }: Run,
): Promise<Readonly<Record<Family, ReadonlyMap<string, RttError>>>> {
  const errors = { 4: new Map<string, RttError>(), 6: new Map<string, RttError>() }
  const stamps = await wire.start('client', new URL('stamps.ts', import.meta.url).href)
  const count = short ? 1000 : 5000
  for (const family of families) {
    for (const name of [ours, shaker]) {
      const program = checkers.get(name)
      if (program === undefined) continue
      progress(`half-open: IPv${family} round trips, ${name}`)
      const off = await compare(program, stamps, {
        ...serverOf(family),
        count,
        inFlight: 1,
        timeoutMs,
        rtts: true,
      })
      errors[family].set(name, { medianUs: percentile(off, 0.5), p99Us: percentile(off, 0.99) })
    }
  }
  await stamps.stop()
  return errors
}

/** Microseconds between what is told and what the kernel saw, of each check. */
async function compare(program: Program, stamps: Program, asked: Load): Promise<readonly number[]> {
  for (let attempt = 0; attempt < 3; attempt++) {
    await stamps.ask('round trips')
    const { rttsUs = [] } = await load(program, asked)
    const kernelUs = await stamps.ask<readonly (number | null)[]>('round trips')
    // After a lost packet it is not known any more which belongs to which.
    const isComplete = kernelUs.length === rttsUs.length && !kernelUs.includes(null)
    if (isComplete) return rttsUs.map((us, index) => Math.abs(us - kernelUs[index]!))
  }
  throw new Error('packets were lost between the namespaces, three times in a row')
}
