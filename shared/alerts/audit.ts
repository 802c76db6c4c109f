import { alertId, type CheckName, type ContactName, type Tick } from '../check.ts'
import type { Config } from '../config/config.ts'
import { nameOf } from '../text/error.ts'
import { type Subscription, unsubscribed } from './subscriptions.ts'
import type { Notice } from './transition.ts'

/**
 * Finds the endpoints that alerts do not reach: one notice for each endpoint without a confirmed subscription, and
 * one for each contact whose subscriptions cannot be listed.
 */
export async function auditContacts(
  contacts: Config['contacts'],
  subscriptions: (contact: ContactName) => Promise<readonly Subscription[]>,
  tick: Tick,
): Promise<readonly Notice[]> {
  const notices: Notice[] = []
  for (const contact of contacts) {
    try {
      notices.push(...unsubscribed(contact, await subscriptions(contact.name), tick))
    } catch (error) {
      notices.push({
        alertId: alertId(`contact/${contact.name}` as CheckName, tick),
        about: 'contact',
        name: contact.name,
        state: 'lost',
        tick,
        detail: `The subscriptions of its topic cannot be listed: ${nameOf(error)}`,
      })
    }
  }
  return notices
}
