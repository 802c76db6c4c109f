import type { Run } from '../bench.ts'
import { percentile } from '../statistics.ts'
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
      await stamps.ask('round trips')
      const asked = { ...serverOf(family), count, inFlight: 1, timeoutMs, rtts: true }
      const { rttsUs = [] } = await load(program, asked)
      const kernelUs = await stamps.ask<readonly (number | null)[]>('round trips')
      if (kernelUs.length !== rttsUs.length) {
        throw new Error(`the kernel saw ${kernelUs.length} SYNs of ${rttsUs.length} answered checks`)
      }
      const off = rttsUs.flatMap((us, index) => {
        const kernel = kernelUs[index]
        return typeof kernel === 'number' ? [Math.abs(us - kernel)] : []
      })
      errors[family].set(name, { medianUs: percentile(off, 0.5), p99Us: percentile(off, 0.99) })
    }
  }
  await stamps.stop()
  return errors
}
