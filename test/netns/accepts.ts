import { setTimeout } from 'node:timers/promises'
import type { Program } from './namespaces.ts'

/**
 * Returns how many connections a listener has accepted once none is pending, since a busy machine accepts late. Waits
 * ten seconds at most.
 */
export async function settledAccepts(listener: Program): Promise<number> {
  const ask = async () => (await listener.ask<{ accepts: number }>('accepts')).accepts
  let accepts = await ask()
  for (let round = 0; round < 40; round++) {
    await setTimeout(250)
    const now = await ask()
    if (now === accepts) break
    accepts = now
  }
  return accepts
}
