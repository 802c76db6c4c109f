import { quote } from '../../text/escape.ts'
import { matches } from '../pattern.ts'

/** What must show up in what a target says: a text, a regular expression (flag `u`) or bytes in hex. */
export interface Expectation {
  readonly form: 'contains' | 'regex' | 'hex'
  readonly text: string
}

/** A test of everything that has been received so far. Throws where a regular expression takes too long. */
export function matcherOf({ form, text }: Expectation): (bytes: Buffer) => boolean {
  if (form === 'regex') return (bytes) => matches(text, bytes.toString('utf8'))
  const wanted = Buffer.from(text, form === 'hex' ? 'hex' : 'utf8')
  let searchedTo = 0
  return (bytes) => {
    if (bytes.includes(wanted, searchedTo)) return true
    // What may be the beginning of it, at the very end, is looked at again.
    searchedTo = Math.max(0, bytes.length - wanted.length + 1)
    return false
  }
}

/** `expected "PONG"`. */
export function describeExpected({ form, text }: Expectation): string {
  switch (form) {
    case 'contains':
      return `expected ${quote(text)}`
    case 'regex':
      return `expected a match of ${quote(text)}`
    case 'hex':
      return `expected the bytes ${text.length > 32 ? `${text.slice(0, 32)}…` : text}`
  }
}

/**
 * The beginning of what came, harmless to show. After a secret was sent only its size is told: a target that
 * repeats a part of it, turned round or cut off, could not be seen through.
 */
export function describeReceived(bytes: Buffer, secretSent: boolean): string {
  if (secretSent) return `${bytes.length} bytes (not shown, since a secret was sent)`
  return quote(bytes.toString('utf8'))
}
