import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns'
import type { ContactName } from '../check.ts'
import { type Clock, sleep } from '../clock.ts'
import { truncateBytes } from '../text/truncate.ts'
import { envelop } from './format/envelope.ts'
import type { Message } from './transition.ts'

/**
 * Publishes to a contact's topic. Throws `PublishError`, or `NoTurn` if it could not start by `beginUntilMs`
 * (epoch ms).
 */
export type Publish = (contact: ContactName, message: Message, beginUntilMs?: number) => Promise<void>

/** Maximum size of a stored error: the monitor's health holds a hundred of them in one item. */
export const maxErrorBytes = 300

/** A contact's topic did not accept a message. */
export class PublishError extends Error {
  /** A retry cannot help: the topic is gone, or it will never accept such a message. */
  readonly permanent: boolean

  constructor(cause: unknown) {
    const { name, message } = cause instanceof Error ? cause : new Error(String(cause))
    super(truncateBytes(`${name}: ${message}`, maxErrorBytes), { cause })
    this.name = 'PublishError'
    this.permanent = permanentErrors.has(name)
  }
}

/** Too many other messages are queued for the contact's topic; the topic itself works. */
export class NoTurn extends Error {
  constructor(contact: ContactName) {
    super(`the topic of ${contact} is busy with other alerts`)
    this.name = 'NoTurn'
  }
}

// Errors of SNS Publish that no retry can fix. Authorization errors are not among them: someone is likely to
// fix those within the hour for which an alert is retried.
const permanentErrors: ReadonlySet<string> = new Set([
  'NotFoundException',
  'InvalidParameterException',
  'InvalidParameterValueException',
  'EndpointDisabledException',
])

/**
 * Minimum time between two publishes of one process to one topic. Above ten messages a second SNS deactivates an
 * e-mail subscription, permanently after 48 hours. Several processes publish: the sweep, and one notify per partition
 * of the table; a new on-demand table has four (4,000 writes a second at 1,000 each).
 */
const spacingMs = 500

/** Timeout of a publish including its retries: less than the time a delivery reserves before it starts one. */
const timeoutMs = 10_000

/** @param topicArn returns the ARN of a contact's topic. */
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

/** A signal that aborts after `ms`, with a `TimeoutError`. */
function deadline(clock: Clock, ms: number): { signal: AbortSignal; cancel: () => void } {
  const controller = new AbortController()
  const cancel = clock.timer(ms, () => {
    controller.abort(Object.assign(new Error(`no answer within ${ms / 1000} s`), { name: 'TimeoutError' }))
  })
  return { signal: controller.signal, cancel }
}
