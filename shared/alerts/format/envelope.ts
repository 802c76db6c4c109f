import { utf8Bytes } from '../../text/truncate.ts'
import type { Message } from '../transition.ts'

/** A message as the parameters of SNS Publish, without the topic. */
export interface Envelope {
  readonly Subject: string
  readonly MessageStructure: 'json'
  readonly Message: string
  readonly MessageAttributes: Readonly<
    Record<string, { readonly DataType: 'String.Array'; readonly StringValue: string }>
  >
}

/**
 * Puts a message into SNS's form. `default` is what every protocol without a text of its own receives:
 * http, https, SQS, Lambda and Firehose are all machines, so it is the JSON. An attribute without values
 * is left out, because SNS refuses empty ones.
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

/** What SNS counts: the message, and the name, type and value of every attribute; and the subject. */
export function envelopeBytes(envelope: Envelope): number {
  const attributes = Object.entries(envelope.MessageAttributes)
  const texts = attributes.flatMap(([name, { DataType, StringValue }]) => [name, DataType, StringValue])
  return [envelope.Subject, envelope.Message, ...texts].reduce((total, text) => total + utf8Bytes(text), 0)
}
