import type { Run } from '../bench.ts'
import { cpuSeconds } from './cost.ts'
import { type Family, families, load, serverOf, type Testbed } from './testbed.ts'

/** The number at which tcp-shaker is fastest; ours and the plain loop gain nothing from more. */
export const inFlight = 256
export const timeoutMs = 5000

/** A turn takes about 200 ms, so that other load on this machine affects every program alike. */
const checksPerTurn = 10_000

/** The result of one program in one turn. */
export interface Rate {
  readonly perSecond: number
  /** Seconds of CPU per 100,000 checks. */
  readonly cpu: number
}

/** The results of one turn by program. */
export type Turn = ReadonlyMap<string, Rate>

/** Runs every program as fast as possible, one after the other, in many turns. */
export async function measureRates(
  { checkers }: Testbed,
  { short, progress }: Run,
): Promise<Readonly<Record<Family, readonly Turn[]>>> {
  const turns: Record<Family, Turn[]> = { 4: [], 6: [] }
  const names = [...checkers.keys()]
  for (let turn = -1; turn < (short ? 15 : 75); turn++) {
    for (const family of families) {
      progress(`half-open: IPv${family}, ${turn < 0 ? 'warming up' : `turn ${turn + 1}`}`)
      const rates = new Map<string, Rate>()
      for (let place = 0; place < names.length; place++) {
        const name = names[(turn + 1 + place) % names.length]!
        const program = checkers.get(name)!
        const asked = { ...serverOf(family), count: turn < 0 ? 50_000 : checksPerTurn, inFlight, timeoutMs }
        const cpuBefore = cpuSeconds(program.pid)
        const startMs = performance.now()
        await load(program, asked)
        const seconds = (performance.now() - startMs) / 1000
        const cpu = ((cpuSeconds(program.pid) - cpuBefore) * 100_000) / asked.count
        rates.set(name, { perSecond: asked.count / seconds, cpu })
      }
      if (turn >= 0) turns[family].push(rates)
    }
  }
  return turns
}
