import { setTimeout } from 'node:timers/promises'
import type { Program } from './namespaces.ts'

/**
 * How many connections a listener has accepted once it has no more to accept: on a busy machine it accepts late.
 * Ten seconds are more than enough.
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
