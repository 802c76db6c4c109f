import { truncate } from '../../text/truncate.ts'
import type { Transition } from '../transition.ts'
import { headline } from './headline.ts'
import { summarize } from './summary.ts'
import { toAscii } from './transliterate.ts'

// SNS Publish, `Subject`: ASCII that begins with a letter, number or punctuation mark, no line breaks or
// control characters, fewer than 100 characters.
const maxCharacters = 99

/** Any one-line text as a subject that SNS accepts. */
export function toSubject(text: string): string {
  const ascii = toAscii(text).trim()
  return ascii.length <= maxCharacters
    ? ascii
    : `${truncate(ascii, maxCharacters - 2)
        .slice(0, -1)
        .trimEnd()}...`
}

/** The subject of a digest, given in the order of `rank`. */
export function transitionSubject(ranked: readonly Transition[]): string {
  if (ranked.length === 1) return toSubject(headline(ranked[0]!))
  return toSubject(summarize(ranked, 'check', false, (line) => toAscii(line).length <= maxCharacters))
}
