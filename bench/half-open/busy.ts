import { availableParallelism } from 'node:os'
import type { Run } from '../bench.ts'
import { inFlight, timeoutMs } from './rate.ts'
import { type Family, families, inTurns, load, ours, serverOf, shaker, type Testbed } from './testbed.ts'

/** Checks in flight; the more there are, the later a checker that must react quickly to each answer. */
export const busyInFlight = [inFlight, 4096] as const

/** By checker: the percentage of checks that the server accepted as connections, for each of `busyInFlight`. */
export type Accepted = ReadonlyMap<string, readonly number[]>

/** Runs checks while every core is busy, and adds up the rounds. */
export async function measureBusy(
  { wire, checkers, accepts }: Testbed,
  { short, progress }: Run,
): Promise<Readonly<Record<Family, Accepted>>> {
  const accepted = { 4: new Map<string, number[]>(), 6: new Map<string, number[]>() }
  const busy = await Promise.all(
    Array.from({ length: availableParallelism() }, () => wire.start('client', 'busy.ts')),
  )
  const rounds = short ? 3 : 5
  const count = short ? 7000 : 20_000
  let before = await accepts()
  for (let round = 0; round < rounds; round++) {
    for (const family of families) {
      for (const [name, program] of inTurns(checkers, [ours, shaker], round)) {
        progress(`half-open: IPv${family} on busy cores, round ${round + 1}, ${name}`)
        const shares = accepted[family].get(name) ?? busyInFlight.map(() => 0)
        accepted[family].set(name, shares)
        for (const [index, atOnce] of busyInFlight.entries()) {
          await load(program, { ...serverOf(family), count, inFlight: atOnce, timeoutMs })
          const after = await accepts()
          shares[index]! += (100 * (after - before)) / (count * rounds)
          before = after
        }
      }
    }
  }
  for (const program of busy) await program.stop()
  return accepted
}
