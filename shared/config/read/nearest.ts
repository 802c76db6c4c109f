import { distance } from 'fastest-levenshtein'
import { quoteText } from '../../text/escape.ts'
import { orList } from '../../text/list.ts'

/**
 * The candidate that was probably meant: at most a third of the letters differ (rounded up, at most three), ignoring
 * case. Undefined if no candidate is near, or if the word has no letters or is too long (64 characters) to be a typo.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 64 || !/\p{L}/u.test(word)) return undefined
  let best: string | undefined
  let bestDistance = Math.min(3, Math.ceil(word.length / 3)) + 1
  for (const candidate of candidates) {
    const apart = distance(word.toLowerCase(), candidate.toLowerCase())
    if (apart < bestDistance) {
      best = candidate
      bestDistance = apart
    }
  }
  return best
}

/** The end of a message about an unknown word: the probable candidate, or else everything allowed. */
export function suggest(word: string, allowed: readonly string[]): string {
  if (allowed.length === 0) return 'there are none'
  const near = nearest(word, allowed)
  if (near !== undefined) return `did you mean ${show(near)}?`
  // A list of hundreds of names would bury the message.
  const shown = allowed.slice(0, 20).map(show)
  return `must be ${orList(allowed.length > 20 ? [...shown, `${allowed.length - 20} more`] : shown)}`
}

/** A name in a message, quoted if it is not a plain word: names from the file may be anything. */
export function show(word: string): string {
  return /^[\w.-]{1,64}$/.test(word) ? word : quoteText(word)
}
