import { toLine } from '../../text/escape.ts'
import { utf8Bytes } from '../../text/truncate.ts'
import type { Message } from '../transition.ts'
import { takeWithin } from './divide.ts'

// Attributes count towards the 256 KiB of a message (SNS API, MessageAttributeValue). A whole shard, 200 checks
// with names of 64 characters, takes 14 KB as names and 16 KB as alert ids.
const maxValues = 200
const maxBytesPerAttribute = 16 * 1024
// Filter policies are not written for longer values.
const maxCharactersPerValue = 128
/** Fits `endpoint/`, a contact's name (247), a host (253) and its number, and a tick: an id must never be cut. */
export const maxIdCharacters = 600

/**
 * Bounds the attributes that subscription filter policies match against: distinct values in the given order. If
 * there are too many, the first ones are kept, because the list is ordered by importance.
 *
 * @returns the attributes, and how many distinct values were left out.
 */
export function boundAttributes(values: Message['attributes']): {
  readonly attributes: Message['attributes']
  readonly omitted: number
} {
  let omitted = 0
  const bound = (list: readonly string[], maxCharacters = maxCharactersPerValue): readonly string[] => {
    const distinct = [...new Set(list)]
    const readable = distinct.slice(0, maxValues).map((value) => toLine(value, maxCharacters))
    const kept = takeWithin(
      [...new Set(readable)].filter((value) => value !== ''),
      maxBytesPerAttribute,
      (value) => utf8Bytes(JSON.stringify(value)) + 1,
    ).items
    omitted += distinct.length - kept.length
    return kept
  }
  const attributes = {
    check: bound(values.check),
    status: bound(values.status),
    kind: bound(values.kind),
    tags: bound(values.tags),
    alertId: bound(values.alertId, maxIdCharacters),
  }
  return { attributes, omitted }
}
