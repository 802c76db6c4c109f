import { quote } from '../../../text/escape.ts'
import { truncateBytes } from '../../../text/truncate.ts'
import { matches } from '../../pattern.ts'

/** A condition on a text. */
export type TextAssertion =
  | { readonly is: 'equals' | 'not_equals' | 'contains' | 'not_contains'; readonly text: string }
  | { readonly is: 'regex' | 'not_regex'; readonly pattern: string }

/** Undefined if the assertion holds for `text`, otherwise a sentence about `subject`. */
export function complaint(assertion: TextAssertion, text: string, subject: string): string | undefined {
  switch (assertion.is) {
    case 'equals':
      return text === assertion.text ? undefined : `${subject} is not ${quote(assertion.text)}`
    case 'not_equals':
      return text === assertion.text ? `${subject} is ${quote(assertion.text)}` : undefined
    case 'contains':
      return text.includes(assertion.text)
        ? undefined
        : `${subject} does not contain ${quote(assertion.text)}`
    case 'not_contains':
      return text.includes(assertion.text) ? `${subject} contains ${quote(assertion.text)}` : undefined
    case 'regex':
      return matches(assertion.pattern, text)
        ? undefined
        : `${subject} does not match ${slashed(assertion.pattern)}`
    case 'not_regex':
      return matches(assertion.pattern, text) ? `${subject} matches ${slashed(assertion.pattern)}` : undefined
  }
}

/** A pattern in a sentence, short enough for a vote's detail with the longest sentence around it. */
function slashed(pattern: string): string {
  return `/${truncateBytes(pattern, 40)}/`
}
