import type { z } from 'zod'
import { orList } from '../../text/list.ts'
import type { Path } from '../yaml/diagnostic.ts'
import { type Bounds, typeWords, wordBounds, wordChoice, wordMismatch, wordUnknownKey } from './sentences.ts'

// Turns zod's issue codes into messages with a path, unless the schema has a message of its own.

type Issue = z.core.$ZodIssue

/** A message about a path below the parsed value. */
export interface Complaint {
  readonly path: Path
  readonly message: string
  /** True when the key, not the value, is at fault. */
  readonly atKey: boolean
}

/** Parse options that add to each issue what `wordIssue` needs from the schema: allowed keys and bounds. */
export const parseOptions = {
  reportInput: true,
  error(issue: z.core.$ZodRawIssue) {
    const definition = (issue.schema ?? issue.inst)?._zod.def as SchemaDefinition | undefined
    if (issue.code === 'unrecognized_keys') issue.allowed = Object.keys(definition?.shape ?? {})
    if (issue.code === 'too_small' || issue.code === 'too_big') issue.bounds = boundsOf(definition)
    return ''
  },
} satisfies z.core.ParseContext<Issue>

interface SchemaDefinition {
  readonly shape?: object
  readonly checks?: readonly z.core.$ZodCheck[]
}

function boundsOf(definition: SchemaDefinition | undefined): Bounds {
  let bounds: Bounds = {}
  for (const { _zod } of definition?.checks ?? []) {
    const check = _zod.def as { readonly check: string; readonly value: number } & Bounds
    const { minimum = check.value, maximum = check.value } = check
    if (check.check === 'greater_than' || check.check === 'min_length') bounds = { ...bounds, minimum }
    if (check.check === 'less_than' || check.check === 'max_length') bounds = { ...bounds, maximum }
  }
  return bounds
}

/** The complaints of an issue: one for each unknown key, otherwise one. */
export function wordIssue(issue: Issue): readonly Complaint[] {
  const path = issue.path as Path
  const complain = (message: string) => [{ path, message, atKey: false }]
  if (issue.message !== '') return complain(issue.message)
  switch (issue.code) {
    case 'unrecognized_keys': {
      const { allowed } = issue as unknown as { allowed: readonly string[] }
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: wordUnknownKey(key, allowed),
        atKey: true,
      }))
    }
    case 'invalid_union':
      return wordUnion(issue).map((complaint) => ({ ...complaint, path: [...path, ...complaint.path] }))
    case 'invalid_key':
      return issue.issues.flatMap(wordIssue).map(({ message }) => ({ path, message, atKey: true }))
    case 'invalid_type':
      return complain(wordMismatch(issue.input, expectations(issue)[0]!))
    case 'invalid_value':
      return complain(wordChoice(issue.input, issue.values))
    case 'too_small':
    case 'too_big':
      return complain(wordBounds(issue, (issue as unknown as { bounds: Bounds }).bounds))
    case 'not_multiple_of':
      return complain(`is ${issue.input}, must be a multiple of ${issue.divisor}`)
    case 'invalid_format':
      return complain(
        `has the wrong form${issue.pattern === undefined ? '' : `, must match ${issue.pattern}`}`,
      )
    case 'invalid_element':
    case 'custom':
      return complain('is not allowed')
  }
}

/**
 * Words the issues of the option that was probably meant: of those that accept the value's type, the one whose issues
 * are deepest. If none accepts the type, the message names all types that would be accepted.
 */
function wordUnion(issue: z.core.$ZodIssueInvalidUnion): readonly Complaint[] {
  const meant = issue.errors
    .filter((issues) => !issues.some(isOfWrongType))
    .toSorted((one, other) => depth(other) - depth(one))[0]
  if (meant !== undefined) return meant.flatMap(wordIssue)
  const expected = [...new Set(issue.errors.flatMap((issues) => issues.flatMap(expectations)))]
  return [{ path: [], message: wordMismatch(issue.input, orList(expected)), atKey: false }]
}

function depth(issues: readonly Issue[]): number {
  return Math.min(...issues.map((issue) => issue.path.length))
}

function isOfWrongType(issue: Issue): boolean {
  if (issue.path.length > 0 || issue.message !== '') return false
  if (issue.code === 'invalid_union') return issue.errors.every((issues) => issues.some(isOfWrongType))
  return issue.code === 'invalid_type' || issue.code === 'invalid_value'
}

/** The accepted types or values, in words. */
function expectations(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_type') return [typeWords[issue.expected] ?? issue.expected]
  if (issue.code === 'invalid_value') return issue.values.map(String)
  if (issue.code === 'invalid_union') return issue.errors.flatMap((issues) => issues.flatMap(expectations))
  return []
}
