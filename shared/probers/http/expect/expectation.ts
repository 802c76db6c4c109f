import { formatStatus, type StatusRange } from './status.ts'
import { complaint, type TextAssertion } from './text.ts'

/** What an answer must be like. Everything written must hold. */
export interface Expectations {
  /** Sorted as written; the status must lie in one of them. */
  readonly status: readonly StatusRange[]
  readonly headers: readonly HeaderAssertion[]
  /** Judged over the decoded text of the body, or of its first `maxBodyBytes`. */
  readonly body: readonly TextAssertion[]
}

/** `name` is in lower case. The `not_` forms hold for a header that is absent, the others do not. */
export type HeaderAssertion = { readonly name: string } & (
  | TextAssertion
  | { readonly is: 'present' | 'absent' }
)

/** All values of a header, in the order they came. */
export type HeaderValues = (name: string) => readonly string[] | undefined

// Each function returns undefined when everything holds, else one sentence that says what does not. The
// sentences never quote what the target sent: a body or a header may repeat the credentials that it was sent.

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
      return value === undefined ? undefined : `${subject} is there, expected none`
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
