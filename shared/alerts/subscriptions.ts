import { alertId, type CheckName, type Tick } from '../check.ts'
import type { Contact } from '../config/config.ts'
import type { Notice } from './transition.ts'

/** One subscription of a contact's topic, as SNS lists it. */
export interface Subscription {
  /** `email`, `sms`, `https` and others. */
  readonly protocol: string
  readonly endpoint: string
  /** Whether its owner has confirmed it; until then SNS sends nothing. */
  readonly confirmed: boolean
}

/**
 * A notice for each of a contact's endpoints without a confirmed subscription. SNS deletes subscriptions that are not
 * confirmed within 48 hours, so the list alone would no longer show an endpoint once its link has expired.
 *
 * @param listed all subscriptions of the contact's topic; those not in the configuration are ignored.
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
        ? 'Its subscription is not confirmed; the link that SNS sent is valid for 48 hours'
        : `Its subscription is gone: it was not confirmed within 48 hours, or its owner unsubscribed. Subscribe it to the contact's topic again (protocol ${endpoint.protocol})`
    return [
      {
        alertId: alertId(`endpoint/${contact.name}/${endpoint.shown}` as CheckName, tick),
        about: 'endpoint',
        name: endpoint.shown,
        state: 'lost',
        tick,
        detail: `${why}. Until then, alerts for ${contact.name} do not reach it.`,
      },
    ]
  })
}

interface Endpoint {
  readonly protocol: string
  readonly endpoint: string
  /** The masked form for operators and logs: enough to recognize it, no more. */
  readonly shown: string
}

/** A contact's endpoints in the order of the configuration; those with the same masked form are numbered. */
function endpointsOf({ email, sms, webhook }: Contact): readonly Endpoint[] {
  const endpoints = [
    ...email.map((endpoint) => ({ protocol: 'email', endpoint, shown: maskMailbox(endpoint) })),
    ...sms.map((endpoint) => ({ protocol: 'sms', endpoint, shown: maskNumber(endpoint) })),
    // A webhook's path often contains its secret.
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

/** Turns `olga@example.com` into `o***@example.com`. */
function maskMailbox(address: string): string {
  return `${address.slice(0, 1)}***${address.slice(address.lastIndexOf('@'))}`
}

/** Turns `+15550100` into `+1555…00`. */
function maskNumber(number: string): string {
  return `${number.slice(0, 5)}…${number.slice(-2)}`
}

function keyOf({ protocol, endpoint }: Pick<Subscription, 'protocol' | 'endpoint'>): string {
  return `${protocol} ${endpoint.toLowerCase()}`
}
