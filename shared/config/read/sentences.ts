import type { z } from 'zod'
import { quoteText } from '../../text/escape.ts'
import { orList } from '../../text/list.ts'
import { suggest } from './nearest.ts'

// Messages about wrong values: what is wrong, then what is allowed. The value itself is shown only if it cannot be a
// secret: numbers out of bounds, and words where only certain words are allowed.

/** Names of zod's types in messages. */
export const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
}

export function wordUnknownKey(key: string, allowed: readonly string[]): string {
  return `is unknown; ${suggest(key, allowed)}`
}

/** The message about a value of the wrong type. */
export function wordMismatch(input: unknown, expected: string): string {
  const isPlain = typeof input === 'number' || typeof input === 'boolean'
  const hint = isPlain && /\btext\b/.test(expected) ? '; put it in quotes' : ''
  const wrong = typeof input === 'number' && expected === typeWords.int ? `is ${input}` : describeType(input)
  return `${wrong}, must be ${expected}${hint}`
}

function describeType(input: unknown): string {
  if (input === undefined) return 'is missing'
  if (input === null) return 'is empty'
  if (Array.isArray(input)) return 'is a list'
  if (typeof input === 'boolean') return `is ${input}`
  if (typeof input === 'number') return Number.isFinite(input) ? 'is a number' : 'is not a finite number'
  return typeof input === 'string' ? 'is text' : 'is a mapping'
}

/** The message about a value that is not in a fixed list. */
export function wordChoice(input: unknown, values: readonly unknown[]): string {
  const allowed = values.map(String)
  if (typeof input === 'string') return `is ${quoteText(input)}; ${suggest(input, allowed)}`
  if (typeof input !== 'number') return `${describeType(input)}, must be ${orList(allowed)}`
  const hint = values.includes(String(input)) ? ', in quotes' : ''
  return `is ${input}, must be ${orList(allowed)}${hint}`
}

const sizeUnits: Readonly<Record<string, string>> = { string: 'character', array: 'entry' }

/** The minimum and maximum of a schema. */
export interface Bounds {
  readonly minimum?: number
  readonly maximum?: number
}

/** The message about a number out of bounds, or a text or list that is too short or too long. */
export function wordBounds(
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  { minimum, maximum }: Bounds,
): string {
  const low = issue.code === 'too_small' ? Number(issue.minimum) : minimum
  const high = issue.code === 'too_big' ? Number(issue.maximum) : maximum
  const unit = sizeUnits[issue.origin]
  if (unit === undefined) return `is ${issue.input}, must be ${range(low, high, issue.inclusive !== false)}`
  const size = (issue.input as string | readonly unknown[]).length
  const wrong = size === 0 ? 'is empty' : `has ${size} ${plural(unit, size)}`
  return `${wrong}, must have ${range(low, high, true)} ${plural(unit, high ?? low)}`
}

function range(low: number | undefined, high: number | undefined, inclusive: boolean): string {
  if (low !== undefined && high !== undefined) return low === high ? `exactly ${low}` : `${low} to ${high}`
  if (low !== undefined) return inclusive ? `at least ${low}` : `above ${low}`
  return inclusive ? `at most ${high}` : `below ${high}`
}

function plural(unit: string, count: number | undefined): string {
  if (count === 1) return unit
  return unit === 'entry' ? 'entries' : `${unit}s`
}
