import type { z } from 'zod'
import type { Path } from '../yaml/diagnostic.ts'
import { type Entry, follow, type Located } from '../yaml/locate.ts'
import type { Report, SourcePosition } from '../yaml/report.ts'
import { wordMismatch, wordUnknownKey } from './sentences.ts'
import { parseOptions, wordIssue } from './wording.ts'

/** A value of the document with its path, its position and the position of its key. */
export interface ConfigValue extends SourcePosition {
  readonly at: Located
  readonly keyOffset: number
}

export function configValue({ keyOffset, at }: Entry, path: Path): ConfigValue {
  return { at, keyOffset, offset: at.offset, path }
}

/** The value of a key; undefined if the key is missing or `from` is not a mapping. */
export function under(from: ConfigValue, key: string): ConfigValue | undefined {
  const entry = isMapping(from.at) ? from.at.entries!.get(key) : undefined
  return entry === undefined ? undefined : configValue(entry, [...from.path, key])
}

/**
 * Parses a value with its schema; undefined if it is invalid, which is reported.
 *
 * @param wordKey returns a better message than the schema's about a refused key, if there is one; the path starts at
 *   the value.
 */
export function readValue<Schema extends z.ZodType>(
  schema: Schema,
  { at, path }: ConfigValue,
  report: Report,
  wordKey: (path: Path) => string | undefined = () => undefined,
): z.output<Schema> | undefined {
  const result = parse(schema, at.value)
  if (result.success) return result.data
  for (const complaint of result.error.issues.flatMap(wordIssue)) {
    const { entry, whole } = follow(at, complaint.path)
    if (entry.at.broken) continue
    // A missing key has no position, so it is reported at the start of its mapping.
    const offset = complaint.atKey && whole ? entry.keyOffset : entry.at.offset
    const message = (complaint.atKey ? wordKey(complaint.path) : undefined) ?? complaint.message
    report.error({ offset, path: [...path, ...complaint.path] }, message)
  }
  return undefined
}

/** zod's length checks throw on a mapping whose key `length` is an object; that mapping is then parsed as empty. */
function parse<Schema extends z.ZodType>(schema: Schema, value: unknown) {
  try {
    return schema.safeParse(value, parseOptions)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return schema.safeParse(withoutLengths(value), parseOptions)
  }
}

function withoutLengths(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withoutLengths)
  if (typeof (value as { length?: unknown }).length === 'object') return {}
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutLengths(inner)]))
}

export type ShapeOutput<Shape extends z.ZodRawShape> = {
  readonly [Key in keyof Shape]?: z.output<Shape[Key]>
}

/** Parses every key of a shape separately, so that one wrong key hides no other. Ignores keys not in the shape. */
export function readShape<Shape extends z.ZodRawShape>(
  shape: Shape,
  from: ConfigValue,
  report: Report,
): ShapeOutput<Shape> {
  const output: Record<string, unknown> = {}
  for (const [key, schema] of Object.entries(shape)) {
    const missing = {
      ...from,
      at: { value: undefined, offset: from.offset, size: 0 },
      path: [...from.path, key],
    }
    const value = readValue(schema as z.ZodType, under(from, key) ?? missing, report)
    if (value !== undefined) output[key] = value
  }
  return output as ShapeOutput<Shape>
}

/** Reports and returns every key that is neither allowed nor free. */
export function refuseUnknownKeys(
  from: ConfigValue,
  allowed: readonly string[],
  report: Report,
  isFree: (key: string) => boolean = () => false,
): readonly string[] {
  const unknown = mappingEntries(from.at).filter(([key]) => !allowed.includes(key) && !isFree(key))
  for (const [key, entry] of unknown)
    report.error({ offset: entry.keyOffset, path: [...from.path, key] }, wordUnknownKey(key, allowed))
  return unknown.map(([key]) => key)
}

function isMapping(at: Located): boolean {
  return at.entries !== undefined && !Array.isArray(at.value)
}

/** The entries of a mapping; empty if it is not a mapping. */
export function mappingEntries(at: Located): readonly (readonly [string, Entry])[] {
  return isMapping(at) ? ([...at.entries!] as [string, Entry][]) : []
}

/** The items of a value that may be written as one value or as a list. */
export function itemsOf(from: ConfigValue): readonly ConfigValue[] {
  if (!Array.isArray(from.at.value)) return [from]
  return [...from.at.entries!].map(([index, entry]) => configValue(entry, [...from.path, index]))
}

/** Reports each duplicate text in a list. */
export function refuseRepetition(from: ConfigValue, report: Report) {
  const seen = new Set<unknown>()
  for (const item of itemsOf(from)) {
    if (typeof item.at.value === 'string' && seen.has(item.at.value)) report.error(item, 'is written twice')
    seen.add(item.at.value)
  }
}

/** Whether it is a mapping; reports if it is not, with `expected` as what is allowed. */
export function requireMapping(from: ConfigValue, expected: string, report: Report): boolean {
  if (isMapping(from.at)) return true
  report.error(from, wordMismatch(from.at.value, expected))
  return false
}

/** Validates a key that is a name; an invalid one is reported at the key. */
export function judgeName(schema: z.ZodType, name: string, named: ConfigValue, report: Report) {
  const key = { ...named, at: { value: name, offset: named.keyOffset, size: 1 } }
  readValue(schema, key, report)
}
