import { alertId, type CheckName, type Tick } from '../check.ts'
import type { Contact } from '../config/config.ts'
import type { Notice } from './transition.ts'

/** One subscription of a contact's topic, as SNS lists it. */
export interface Subscription {
  /** `email`, `sms`, `https` and others. */
  readonly protocol: string
  readonly endpoint: string
  /** Whether its owner has agreed; until then SNS sends nothing. */
  readonly confirmed: boolean
}

/**
 * A notice for each endpoint of a contact that hears nothing. SNS deletes what is not confirmed within 48 hours,
 * so the list alone would fall silent about an endpoint just when nothing can be done about it in its mailbox.
 *
 * @param listed all subscriptions of the contact's topic; those that the configuration does not know are ignored.
 */
export function unsubscribed(
  contact: Contact,
  listed: readonly Subscription[],
  tick: Tick,
): readonly Notice[] {
  const confirmed = new Map(listed.map((each) => [keyOf(each), each.confirmed]))
  return endpointsOf(contact).flatMap((endpoint): Notice[] => {
    const state = confirmed.get(keyOf(endpoint))
    if (state === true) return []
    const why =
      state === false
        ? 'It has not confirmed its subscription: the link that SNS sent it is good for 48 hours'
        : `It has no subscription any more: not confirmed within 48 hours, or ended by its owner. Subscribe it to the contact's topic again (protocol ${endpoint.protocol})`
    return [
      {
        alertId: alertId(`endpoint/${contact.name}/${endpoint.shown}` as CheckName, tick),
        about: 'endpoint',
        name: endpoint.shown,
        state: 'lost',
        tick,
        detail: `${why}. Until then ${contact.name} is not told there.`,
      },
    ]
  })
}

interface Endpoint {
  readonly protocol: string
  readonly endpoint: string
  /** What operators and logs are shown of it: enough to recognize it, no more. */
  readonly shown: string
}

/** The endpoints of a contact in the order of the configuration; those that look alike are numbered. */
function endpointsOf({ email, sms, webhook }: Contact): readonly Endpoint[] {
  const endpoints = [
    ...email.map((endpoint) => ({ protocol: 'email', endpoint, shown: maskMailbox(endpoint) })),
    ...sms.map((endpoint) => ({ protocol: 'sms', endpoint, shown: maskNumber(endpoint) })),
    // The path of a webhook is often its password.
    ...webhook.map((endpoint) => {
      const { protocol, host } = new URL(endpoint)
      return { protocol: protocol.slice(0, -1), endpoint, shown: host }
    }),
  ]
  return endpoints.map((one) => {
    const alike = endpoints.filter(({ shown }) => shown === one.shown)
    const number = alike.length === 1 ? '' : ` (${alike.indexOf(one) + 1} of ${alike.length})`
    return { ...one, shown: `${one.shown}${number}` }
  })
}

/** `olga@example.com` as `o***@example.com`. */
function maskMailbox(address: string): string {
  return `${address.slice(0, 1)}***${address.slice(address.lastIndexOf('@'))}`
}

/** `+15550100` as `+1555…00`. */
function maskNumber(number: string): string {
  return `${number.slice(0, 5)}…${number.slice(-2)}`
}

function keyOf({ protocol, endpoint }: Pick<Subscription, 'protocol' | 'endpoint'>): string {
  return `${protocol} ${endpoint.toLowerCase()}`
}
