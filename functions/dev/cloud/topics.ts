import { randomUUID } from 'node:crypto'
import type { Answer } from './endpoint.ts'

/** A message published to a topic. */
export interface Published {
  readonly topic: string
  readonly subject: string
  /** The text for each protocol (`MessageStructure: json`). */
  readonly texts: Readonly<Record<string, string>>
  /** The message attributes, all of type String.Array. */
  readonly attributes: Readonly<Record<string, readonly string[]>>
}

/**
 * Creates a handler for SNS `Publish` (Query protocol) that answers `NotFound` for unknown topics.
 *
 * @param exists whether a topic of this name exists.
 * @param onPublished is awaited before the request is answered.
 */
export function publishTo(
  exists: (topic: string) => boolean,
  onPublished: (published: Published) => void | Promise<void>,
) {
  return async function publish(body: string): Promise<Answer> {
    const form = new URLSearchParams(body)
    const topic = (form.get('TopicArn') ?? '').split(':').at(-1) ?? ''
    if (!exists(topic)) {
      const error =
        '<Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message></Error>'
      return { status: 404, type: 'text/xml', body: `<ErrorResponse>${error}</ErrorResponse>` }
    }
    const texts = JSON.parse(form.get('Message') ?? '{}') as Record<string, string>
    await onPublished({ topic, subject: form.get('Subject') ?? '', texts, attributes: attributesIn(form) })
    const result = `<PublishResult><MessageId>${randomUUID()}</MessageId></PublishResult>`
    return { status: 200, type: 'text/xml', body: `<PublishResponse>${result}</PublishResponse>` }
  }
}

/** Reads a map from its Query protocol form: `MessageAttributes.entry.<n>.Name` and `….Value.StringValue`. */
function attributesIn(form: URLSearchParams): Record<string, readonly string[]> {
  const attributes: Record<string, readonly string[]> = {}
  for (let number = 1; form.has(`MessageAttributes.entry.${number}.Name`); number++) {
    const entry = `MessageAttributes.entry.${number}`
    attributes[form.get(`${entry}.Name`)!] = JSON.parse(
      form.get(`${entry}.Value.StringValue`) ?? '[]',
    ) as string[]
  }
  return attributes
}
