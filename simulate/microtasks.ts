import { setFlagsFromString } from 'node:v8'

setFlagsFromString('--allow-natives-syntax')

/**
 * Runs every promise reaction that is due, and those that become due meanwhile. Works only outside of promise
 * reactions. A turn of the event loop would do the same at three times the cost, and an event of a simulation costs
 * little else.
 */
export const drainMicrotasks = new Function('%PerformMicrotaskCheckpoint()') as () => void
