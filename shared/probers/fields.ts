import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { parseReference, secretForms } from '../secrets/reference.ts'
import { durationPattern, formatDuration, parseDurationMs } from '../text/duration.ts'

// Building blocks of the kinds' schemas. A message completes the sentence "<path> …": what is wrong, then what is
// allowed. Issues without a message (types, enums, bounds, unknown keys) are worded in shared/config/read/wording.ts.

const noDuration = 'is not a duration; write a number and a unit, such as 500ms, 10s, 5m, 1h or 1d'

/** A duration as text (`500ms`, `10s`, `5m`, `1h`, `1d`), parsed into milliseconds. */
export const durationMs = z
  .string({ error: (issue) => (issue.input === undefined ? undefined : noDuration) })
  .regex(durationPattern, noDuration)
  .meta({ title: 'duration' })
  .transform(parseDurationMs)

/** A duration within bounds, both inclusive. */
export function durationBetween(minMs: number, maxMs: number) {
  const allowed = `${formatDuration(minMs)} to ${formatDuration(maxMs)}`
  return durationMs.refine((ms) => ms >= minMs && ms <= maxMs, {
    error: (issue) => `is ${formatDuration(issue.input as number)}, must be ${allowed}`,
  })
}

/** 4 or 6, if a check requires one IP version. */
export const ipVersion = z.literal([4, 6]).meta({
  description: 'Use this IP version only. Default: IPv4 where the host has it, else IPv6.',
  examples: [4],
})

/** A port, 1–65535. */
export const port = z.int().min(1).max(65_535)

/** One entry or a list of at least `atLeast` entries (default 1), always parsed as a list. */
export function oneOrMany<Entry extends z.ZodType>(entry: Entry, atLeast = 1) {
  return z.union([entry.transform((one) => [one]), z.array(entry).min(atLeast)])
}

/**
 * The canonical form of a host: an IP address unchanged, a name in lower case and in its ASCII form (IDNA). Undefined
 * if it is neither. Names that end in a number are refused, because resolvers read some of them as IPv4 addresses
 * (`127.1`, `0x7f.1`), which is never meant.
 */
function canonicalHost(text: string): string | undefined {
  if (isIP(text) !== 0) return text
  const name = /^[\x21-\x7e]+$/.test(text) ? text.toLowerCase() : domainToASCII(text)
  const withoutDot = name.endsWith('.') ? name.slice(0, -1) : name
  // RFC 1035, section 2.3.4: 253 characters in all, 63 per label. Underscores occur in real host names.
  if (withoutDot.length > 253) return undefined
  const labels = withoutDot.split('.')
  if (!labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))) return undefined
  return /^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1)!) ? undefined : name
}

/** A host name or a bare IPv4 or IPv6 address, in canonical form. */
export const host = z
  .string()
  .meta({ title: 'host' })
  .transform((text, context) => {
    const canonical = canonicalHost(text)
    if (canonical !== undefined) return canonical
    context.addIssue({
      code: 'custom',
      message: 'is not a host; write a name such as example.com or an IP address',
    })
    return z.NEVER
  })

/** A host and a port; the host of an IPv6 address is without brackets. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

/** Splits `host:port` as `address` accepts it; undefined for anything else. */
export function splitHostPort(text: string, defaultPort?: number): HostPort | undefined {
  const bracketed = /^\[([^[\]]+)\](?::(\d{1,5}))?$/.exec(text)
  if (bracketed !== null && isIP(bracketed[1]!) !== 6) return undefined
  // A bare IPv6 address has no port, so it needs a default port.
  const bare =
    bracketed === null && isIP(text) === 6 ? [text, text] : /^([^:[\]]+)(?::(\d{1,5}))?$/.exec(text)
  const parts = bracketed ?? bare
  const host = parts?.[1] === undefined ? undefined : canonicalHost(parts[1])
  const port = parts?.[2] === undefined ? defaultPort : Number(parts[2])
  if (host === undefined || port === undefined || port < 1 || port > 65_535) return undefined
  return { host, port }
}

/** `host:port`, `1.2.3.4:port` or `[2001:db8::1]:port`; the port is optional if there is a default. */
export function address(defaultPort?: number) {
  const examples = 'example.com:443, 192.0.2.1:443 or [2001:db8::1]:443'
  const allowed = defaultPort === undefined ? examples : `${examples} (port ${defaultPort} when left out)`
  return z
    .string()
    .meta({ title: defaultPort === undefined ? 'host:port' : 'host or host:port' })
    .transform((text, context): HostPort => {
      const split = splitHostPort(text, defaultPort)
      if (split !== undefined) return split
      context.addIssue({ code: 'custom', message: `is not an address with a port; write ${allowed}` })
      return z.NEVER
    })
}

/** A regular expression in JavaScript's syntax with the `u` flag, at most 1,000 characters, kept as text. */
export const regularExpression = z
  .string()
  .meta({ title: 'regular expression' })
  .max(1000)
  .superRefine((text, context) => {
    try {
      new RegExp(text, 'u')
    } catch (error) {
      const reason = (error as Error).message.replace(/^Invalid regular expression: .*: /s, '')
      context.addIssue({ code: 'custom', message: `is not a regular expression: ${reason}` })
    }
  })

/** A text that may be a reference to a secret; if it starts like one, it must be valid. */
export const secretText = z
  .string()
  .meta({ title: 'text or secret reference' })
  .refine(
    (text) => parseReference(text) !== 'malformed',
    `is not a reference to a secret; write ${secretForms}`,
  )
