import type { CheckName, ContactName } from '../../check.ts'
import type { Entry } from '../../quorum/outbox.ts'
import type { Message } from '../transition.ts'
import type { ToldToContact } from './told.ts'

/** How to deliver an outbox to its readers. */
export interface Post {
  readonly contacts: readonly ContactName[]
  /** The message about these entries to a contact; undefined if the contact wants none of them. */
  compose(contact: ContactName, entries: readonly Entry[], told: ToldToContact): Promise<Message | undefined>
  /** Whether a check is in the plan, for what contacts know of checks; absent if that is not kept. */
  readonly planned?: (check: CheckName) => boolean
  /** Writes the entries to history. */
  record(entries: readonly Entry[]): Promise<void>
}
