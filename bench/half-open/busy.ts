import { availableParallelism } from 'node:os'
import type { Run } from '../bench.ts'
import { inFlight, timeoutMs } from './rate.ts'
import { type Family, families, load, ours, serverOf, shaker, type Testbed } from './testbed.ts'

/** Share of the checks that reached the server's accept(), in percent, by name. */
export type Accepted = ReadonlyMap<string, number>

/** Checks while every core of the client has something else to do. */
export async function measureBusy(
  { wire, checkers, accepts }: Testbed,
  { short, progress }: Run,
): Promise<Readonly<Record<Family, Accepted>>> {
  const accepted = { 4: new Map<string, number>(), 6: new Map<string, number>() }
  const busy = await Promise.all(
    Array.from({ length: availableParallelism() }, () => wire.start('client', 'busy.ts')),
  )
  const count = short ? 30_000 : 200_000
  for (const family of families) {
    for (const name of [ours, shaker]) {
      const program = checkers.get(name)
      if (program === undefined) continue
      progress(`half-open: IPv${family} on busy cores, ${name}`)
      const before = await accepts()
      await load(program, { ...serverOf(family), count, inFlight, timeoutMs })
      accepted[family].set(name, (100 * ((await accepts()) - before)) / count)
    }
  }
  for (const program of busy) await program.stop()
  return accepted
}
