import type { ContactName } from '../../check.ts'
import type { Entry } from '../../quorum/outbox.ts'
import type { Message } from '../transition.ts'

/** How to deliver an outbox to its readers. */
export interface Post {
  readonly contacts: readonly ContactName[]
  /** The message about these entries to a contact; undefined if the contact wants none of them. */
  compose(contact: ContactName, entries: readonly Entry[]): Promise<Message | undefined>
  /** Writes the entries to history. */
  record(entries: readonly Entry[]): Promise<void>
}
