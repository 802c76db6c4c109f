import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns'
import type { ContactName } from '../check.ts'
import { type Clock, sleep } from '../clock.ts'
import { truncateBytes } from '../text/truncate.ts'
import { envelop } from './format/envelope.ts'
import type { Message } from './transition.ts'

/**
 * Publishes to a contact's topic. Throws `PublishError`, or `NoTurn` where it could not begin until `beginUntilMs`
 * (epoch ms).
 */
export type Publish = (contact: ContactName, message: Message, beginUntilMs?: number) => Promise<void>

/** An error is kept beside each contact, and the watch has room for a hundred of them. */
export const maxErrorBytes = 300

/** Why a contact's topic did not take a message. */
export class PublishError extends Error {
  /** Trying again cannot help: the topic is gone, or it will never take such a message. */
  readonly permanent: boolean

  constructor(cause: unknown) {
    const { name, message } = cause instanceof Error ? cause : new Error(String(cause))
    super(truncateBytes(`${name}: ${message}`, maxErrorBytes), { cause })
    this.name = 'PublishError'
    this.permanent = permanentErrors.has(name)
  }
}

/** A contact's topic has to take too many other messages first; nothing is wrong with it. */
export class NoTurn extends Error {
  constructor(contact: ContactName) {
    super(`the topic of ${contact} is busy with other alerts`)
    this.name = 'NoTurn'
  }
}

// Errors of the SNS API's Publish that say the same tomorrow. Authorization is not among them: somebody is
// likely to mend it within the hour for which an alert is kept.
const permanentErrors: ReadonlySet<string> = new Set([
  'NotFoundException',
  'InvalidParameterException',
  'InvalidParameterValueException',
  'EndpointDisabledException',
])

/**
 * At most two publishes a second to one topic by one process. Above ten SNS deactivates an e-mail subscription, for
 * good after 48 hours, and several processes publish: the sweep, and one notify for each partition of the table, of
 * which a new one on demand has four (4,000 writes a second at 1,000 each).
 */
const spacingMs = 500

/** How long a publish may take with all of its retries: less than a delivery has left when it begins one. */
const timeoutMs = 10_000

/** @param topicArn the ARN of a contact's topic. */
export function snsPublish(
  client: SNSClient,
  topicArn: (contact: ContactName) => string,
  clock: Clock,
): Publish {
  const nextAtMs = new Map<ContactName, number>()

  async function turn(contact: ContactName, untilMs: number): Promise<void> {
    const now = clock.now()
    const at = Math.max(now, nextAtMs.get(contact) ?? 0)
    if (at > untilMs) throw new NoTurn(contact)
    nextAtMs.set(contact, at + spacingMs)
    if (at > now) await sleep(clock, at - now)
  }

  return async (contact, message, beginUntilMs = Number.POSITIVE_INFINITY) => {
    await turn(contact, beginUntilMs)
    const { signal, cancel } = deadline(clock, timeoutMs)
    try {
      const command = new PublishCommand({ TopicArn: topicArn(contact), ...envelop(message) })
      await client.send(command, { abortSignal: signal })
    } catch (error) {
      throw new PublishError(signal.aborted ? signal.reason : error)
    } finally {
      cancel()
    }
  }
}

/** A signal that aborts when the time is over. */
function deadline(clock: Clock, ms: number): { signal: AbortSignal; cancel: () => void } {
  const controller = new AbortController()
  const cancel = clock.timer(ms, () => {
    controller.abort(Object.assign(new Error(`no answer within ${ms / 1000} s`), { name: 'TimeoutError' }))
  })
  return { signal: controller.signal, cancel }
}
