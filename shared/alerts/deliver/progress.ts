import type { ContactName } from '../../check.ts'
import { historyReader } from '../../quorum/outbox.ts'
import type { Sent } from '../../store/store.ts'

// The progress of each reader of an outbox: one function per event, each returning the next `Sent`.

/** The reader has dealt with everything up to `seq`, so it is no longer failing. */
export function pass(sent: Sent, reader: string, seq: number): Sent {
  const { [reader]: _, ...failing } = sent.failing
  return { ...sent, cursors: { ...sent.cursors, [reader]: seq }, failing }
}

/** A publish succeeded; only this clears a contact that had been given up. */
export function reached(sent: Sent, contact: ContactName): Sent {
  const { [contact]: _, ...dead } = sent.dead
  return { ...sent, dead }
}

/** A publish failed and will be retried. */
export function failed(sent: Sent, contact: ContactName, nowMs: number, error: string): Sent {
  const sinceMs = sent.failing[contact]?.sinceMs ?? nowMs
  return { ...sent, failing: { ...sent.failing, [contact]: { sinceMs, triedMs: nowMs, error } } }
}

/** A publish failed and will not be retried. */
export function gaveUp(sent: Sent, contact: ContactName, seq: number, atMs: number, error: string): Sent {
  const passed = pass(sent, contact, seq)
  return { ...passed, dead: { ...passed.dead, [contact]: { atMs, error } } }
}

/**
 * Drops the failures of contacts that are no longer alerted: if one is alerted again some day, its hour of retries
 * must start anew.
 */
export function stillFailing(sent: Sent, contacts: readonly ContactName[]): Sent {
  const failing = Object.entries(sent.failing).filter(([name]) => contacts.includes(name as ContactName))
  return { ...sent, failing: Object.fromEntries(failing) }
}

/**
 * The order in which readers are served: contacts that work, then history, then contacts that failed the last time,
 * the least recently tried first, because those may take long.
 */
export function inOrder(contacts: readonly ContactName[], { failing }: Sent): readonly string[] {
  const isFailing = (contact: ContactName) => Object.hasOwn(failing, contact)
  const retried = contacts.filter(isFailing)
  return [
    ...contacts.filter((contact) => !isFailing(contact)),
    historyReader,
    ...retried.sort((one, other) => failing[one]!.triedMs - failing[other]!.triedMs),
  ]
}
