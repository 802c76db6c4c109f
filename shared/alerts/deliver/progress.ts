import type { ContactName } from '../../check.ts'
import { historyReader } from '../../quorum/outbox.ts'
import type { Sent } from '../../store/store.ts'

// How far each reader of an outbox has come, and what stands in its way: the next `Sent` for each thing that
// can happen to a reader.

/** Nothing up to `seq` is left for this reader, so nothing of it fails any more. */
export function pass(sent: Sent, reader: string, seq: number): Sent {
  const { [reader]: _, ...failing } = sent.failing
  return { ...sent, cursors: { ...sent.cursors, [reader]: seq }, failing }
}

/** A publish succeeded: only that says that a contact which had been given up is there again. */
export function reached(sent: Sent, contact: ContactName): Sent {
  const { [contact]: _, ...dead } = sent.dead
  return { ...sent, dead }
}

/** A publish failed and is tried again. */
export function failed(sent: Sent, contact: ContactName, nowMs: number, error: string): Sent {
  const sinceMs = sent.failing[contact]?.sinceMs ?? nowMs
  return { ...sent, failing: { ...sent.failing, [contact]: { sinceMs, triedMs: nowMs, error } } }
}

/** A publish failed and is not tried again. */
export function gaveUp(sent: Sent, contact: ContactName, seq: number, atMs: number, error: string): Sent {
  const passed = pass(sent, contact, seq)
  return { ...passed, dead: { ...passed.dead, [contact]: { atMs, error } } }
}

/**
 * Without the failures of those who are not to be told anything any more: the hour of one that comes back to a check
 * one day must not have begun long ago.
 */
export function stillFailing(sent: Sent, contacts: readonly ContactName[]): Sent {
  const failing = Object.entries(sent.failing).filter(([name]) => contacts.includes(name as ContactName))
  return { ...sent, failing: Object.fromEntries(failing) }
}

/**
 * The order in which readers are served. Who could not be reached the last time may take long: everybody else comes
 * first, then the history, then of those the one that was tried the longest ago.
 */
export function inOrder(contacts: readonly ContactName[], { failing }: Sent): readonly string[] {
  const isFailing = (contact: ContactName) => Object.hasOwn(failing, contact)
  const late = contacts.filter(isFailing)
  return [
    ...contacts.filter((contact) => !isFailing(contact)),
    historyReader,
    ...late.sort((one, other) => failing[one]!.triedMs - failing[other]!.triedMs),
  ]
}
