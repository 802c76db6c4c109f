import { quote } from '../../text/escape.ts'
import { matches } from '../pattern.ts'

/** What a target's answer must contain: a text, a match of a regular expression (flag `u`) or bytes in hex. */
export interface Expectation {
  readonly form: 'contains' | 'regex' | 'hex'
  readonly text: string
}

/** Returns a test of everything received so far. The test throws if a regular expression takes too long. */
export function matcherOf({ form, text }: Expectation): (bytes: Buffer) => boolean {
  if (form === 'regex') return (bytes) => matches(text, bytes.toString('utf8'))
  const wanted = Buffer.from(text, form === 'hex' ? 'hex' : 'utf8')
  let searchedTo = 0
  return (bytes) => {
    if (bytes.includes(wanted, searchedTo)) return true
    // The last bytes may be the beginning of a match, so they are searched again.
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
 * The beginning of an answer, safe to show. If a secret was sent, only the size is shown: a target might repeat a part
 * of the secret, reversed or cut, which could not be detected.
 */
export function describeReceived(bytes: Buffer, secretSent: boolean): string {
  if (secretSent) return `${bytes.length} bytes (not shown, since a secret was sent)`
  return quote(bytes.toString('utf8'))
}
