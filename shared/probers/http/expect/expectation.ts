import { formatStatus, type StatusRange } from './status.ts'
import { complaint, type TextAssertion } from './text.ts'

/** The expected answer; all conditions must hold. */
export interface Expectations {
  /** In the order written; the status must be in one of these ranges. */
  readonly status: readonly StatusRange[]
  readonly headers: readonly HeaderAssertion[]
  /** Judged on the decoded text of the body, or of its first `maxBodyBytes`. */
  readonly body: readonly TextAssertion[]
}

/** `name` is in lower case. An absent header meets the `not_` forms, but none of the others except `absent`. */
export type HeaderAssertion = { readonly name: string } & (
  | TextAssertion
  | { readonly is: 'present' | 'absent' }
)

/** All values of a header, in the order received. */
export type HeaderValues = (name: string) => readonly string[] | undefined

// Each function returns undefined if everything holds, otherwise a sentence about the first failure. Sentences never
// quote the answer, because a body or header may repeat the credentials that the target was sent.

export function judgeStatus({ status: ranges }: Expectations, status: number): string | undefined {
  if (ranges.some(([from, to]) => from <= status && status <= to)) return undefined
  return `the answer was ${status}, expected ${formatStatus(ranges)}`
}

export function judgeHeaders({ headers }: Expectations, values: HeaderValues): string | undefined {
  for (const assertion of headers) {
    const found = judgeHeader(assertion, values(assertion.name)?.join(', '))
    if (found !== undefined) return found
  }
  return undefined
}

function judgeHeader(assertion: HeaderAssertion, value: string | undefined): string | undefined {
  const subject = `the header ${assertion.name}`
  switch (assertion.is) {
    case 'absent':
      return value === undefined ? undefined : `${subject} is present, expected none`
    case 'present':
      return value === undefined ? `${subject} is missing` : undefined
    case 'not_equals':
    case 'not_contains':
    case 'not_regex':
      return value === undefined ? undefined : complaint(assertion, value, subject)
    case 'equals':
    case 'contains':
    case 'regex':
      return value === undefined ? `${subject} is missing` : complaint(assertion, value, subject)
  }
}

/** `complete` is false when `text` is only the beginning of the body. */
export function judgeBody({ body }: Expectations, text: string, complete: boolean): string | undefined {
  const subject = complete ? 'the body' : 'the beginning of the body (1 MiB)'
  for (const assertion of body) {
    const found = complaint(assertion, text, subject)
    if (found !== undefined) return found
  }
  return undefined
}
