import type { ContactName } from '../../check.ts'
import type { Entry } from '../../quorum/outbox.ts'
import type { Message } from '../transition.ts'

/** What an outbox means to its readers. */
export interface Post {
  readonly contacts: readonly ContactName[]
  /** What a contact must hear of these entries; undefined where it asked for none of them. */
  compose(contact: ContactName, entries: readonly Entry[]): Promise<Message | undefined>
  /** Writes the entries into the history. */
  record(entries: readonly Entry[]): Promise<void>
}
