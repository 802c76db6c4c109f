import { availableParallelism } from 'node:os'
import type { Run } from '../bench.ts'
import { inFlight, timeoutMs } from './rate.ts'
import { type Family, families, load, ours, serverOf, shaker, type Testbed } from './testbed.ts'

/** Many at once make who must be quick late. */
export const busyInFlight = [inFlight, 4096] as const

/** Share of the checks that reached the server's accept(), in percent: for each of `busyInFlight`, by name. */
export type Accepted = ReadonlyMap<string, readonly number[]>

/** Checks while every core of the client has something else to do. */
export async function measureBusy(
  { wire, checkers, accepts }: Testbed,
  { short, progress }: Run,
): Promise<Readonly<Record<Family, Accepted>>> {
  const accepted = { 4: new Map<string, readonly number[]>(), 6: new Map<string, readonly number[]>() }
  const busy = await Promise.all(
    Array.from({ length: availableParallelism() }, () => wire.start('client', 'busy.ts')),
  )
  const count = short ? 20_000 : 100_000
  for (const family of families) {
    for (const name of [ours, shaker]) {
      const program = checkers.get(name)
      if (program === undefined) continue
      progress(`half-open: IPv${family} on busy cores, ${name}`)
      const shares: number[] = []
      for (const atOnce of busyInFlight) {
        const before = await accepts()
        await load(program, { ...serverOf(family), count, inFlight: atOnce, timeoutMs })
        shares.push((100 * ((await accepts()) - before)) / count)
      }
      accepted[family].set(name, shares)
    }
  }
  for (const program of busy) await program.stop()
  return accepted
}
