import { reasons, type Vote } from '../check.ts'
import { quoteText } from '../text/escape.ts'
import type { BallotLine } from './lines.ts'

/** One parsed line of a recording; lines of types other than `ballot` are `other`. */
export type ParsedLine =
  | { readonly kind: 'ballot'; readonly ballot: BallotLine }
  | { readonly kind: 'other' }
  | { readonly kind: 'error'; readonly message: string }

/** Parses one line of `dev --json`'s output; an empty line is `other`. */
export function parseLine(text: string): ParsedLine {
  // Trimming also removes a carriage return and a byte order mark.
  const trimmed = text.trim()
  if (trimmed === '') return { kind: 'other' }
  let value: unknown
  try {
    value = JSON.parse(trimmed)
  } catch {
    return { kind: 'error', message: 'is not JSON' }
  }
  if (!isRecord(value)) return { kind: 'error', message: 'is not a JSON object' }
  if (typeof value.type !== 'string') return { kind: 'error', message: 'has no "type"' }
  if (value.type !== 'ballot') return { kind: 'other' }
  const { tick, voter, votes } = value
  if (!Number.isSafeInteger(tick) || (tick as number) < 0) {
    return { kind: 'error', message: '"tick" must be a whole number of epoch seconds' }
  }
  if (typeof voter !== 'string') return { kind: 'error', message: '"voter" must be a name' }
  if (!isRecord(votes)) return { kind: 'error', message: '"votes" must be an object of votes by check' }
  for (const [check, vote] of Object.entries(votes)) {
    const wrong = wrongWith(vote)
    if (wrong !== undefined) return { kind: 'error', message: `the vote on ${quoteText(check)} ${wrong}` }
  }
  return { kind: 'ballot', ballot: value as unknown as BallotLine }
}

const words: ReadonlySet<unknown> = new Set<Vote['vote']>(['online', 'slow', 'offline', 'abstain'])
const knownReasons: ReadonlySet<unknown> = new Set(reasons)

function wrongWith(vote: unknown): string | undefined {
  if (!isRecord(vote) || !words.has(vote.vote)) return 'must be online, slow, offline or abstain'
  const { ms, reason } = vote
  if (vote.vote === 'online' && (typeof ms !== 'number' || ms < 0)) return 'needs its latency as "ms"'
  if (reason !== undefined && !knownReasons.has(reason)) {
    return typeof reason === 'string'
      ? `has the unknown reason ${quoteText(reason)}`
      : 'has a reason that is not text'
  }
  return undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
