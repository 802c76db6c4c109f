import type { ContactName } from '../shared/check.ts'
import type { Machine } from './machine.ts'
import type { ToldTransition } from './topics.ts'

// Delivery is at-least-once, but nothing is repeated without a cause: a contact hears of a change a second time only
// if the first telling was disturbed since.

interface Telling {
  readonly machine: Machine
  /** How often its machine had been disturbed by then. */
  readonly troubles: number
}

/** Judges each message at the moment at which a topic takes it. */
export function createOnceJudge(
  fail: (breach: string) => void,
): (machine: Machine, contact: ContactName, transitions: readonly ToldTransition[]) => void {
  const tellings = new Map<string, Telling>()
  return (machine, contact, transitions) => {
    for (const { alertId } of transitions) {
      const key = `${contact} ${alertId}`
      const first = tellings.get(key)
      tellings.set(key, { machine, troubles: machine.troubles })
      if (first === undefined || first.machine.troubles > first.troubles) continue
      fail(`${contact} was told of ${alertId} again, though nothing had happened to who told it first`)
    }
  }
}
