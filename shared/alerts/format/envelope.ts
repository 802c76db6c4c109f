import { utf8Bytes } from '../../text/truncate.ts'
import type { Message } from '../transition.ts'

/** The parameters of SNS Publish for a message, without the topic. */
export interface Envelope {
  readonly Subject: string
  readonly MessageStructure: 'json'
  readonly Message: string
  readonly MessageAttributes: Readonly<
    Record<string, { readonly DataType: 'String.Array'; readonly StringValue: string }>
  >
}

/**
 * Converts a message to the parameters of SNS Publish. `default` goes to every protocol without a text of its own:
 * http, https, SQS, Lambda and Firehose are all machines, so it is the JSON. Attributes without values are left
 * out, because SNS refuses empty ones.
 */
export function envelop(message: Message): Envelope {
  const json = JSON.stringify(message.http)
  return {
    Subject: message.subject,
    MessageStructure: 'json',
    Message: JSON.stringify({ default: json, sms: message.sms, email: message.email }),
    MessageAttributes: Object.fromEntries(
      Object.entries(message.attributes)
        .filter(([, values]) => values.length > 0)
        .map(([name, values]) => [
          name,
          { DataType: 'String.Array' as const, StringValue: JSON.stringify(values) },
        ]),
    ),
  }
}

/** The size that SNS counts, and the subject: the message, and the name, type and value of every attribute. */
export function envelopeBytes(envelope: Envelope): number {
  const attributes = Object.entries(envelope.MessageAttributes)
  const texts = attributes.flatMap(([name, { DataType, StringValue }]) => [name, DataType, StringValue])
  return [envelope.Subject, envelope.Message, ...texts].reduce((total, text) => total + utf8Bytes(text), 0)
}
