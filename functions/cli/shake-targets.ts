import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { specialPurpose } from '../../shared/network/guard.ts'
import { address, type HostPort, splitHostPort } from '../../shared/probers/fields.ts'
import { escapeForTerminal } from '../../shared/text/escape.ts'
import { truncateTo } from '../../shared/text/truncate.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { sentenceOf } from './errors.ts'
import { numberedLines } from './stdin.ts'

/** A service to shake, with the text that named it. */
export interface ShakeTarget extends HostPort {
  readonly text: string
}

const hostPort = address()

/** A line's text and its position for error messages: `file:line: `, or empty for a command-line argument. */
interface TargetLine {
  readonly text: string
  readonly position: string
}

/** The targets in input order. Lists may be long, so each target is created lazily. */
export interface ShakeTargets extends Iterable<ShakeTarget> {
  readonly count: number
}

/**
 * Reads the targets from the command line and from a list with one per line; `#` starts a comment.
 *
 * @param file a path, or `-` for stdin.
 * @throws {CommandFailure} for an invalid target, or if there are no targets.
 */
export async function readTargets(named: readonly string[], file: string | undefined): Promise<ShakeTargets> {
  const texts: string[] = []
  // All lines are validated before the first packet is sent.
  const keep = (written: TargetLine) => {
    assertTarget(written)
    texts.push(written.text)
  }
  for (const text of named) keep({ text, position: '' })
  for await (const { text, position } of file === undefined ? [] : linesOf(file)) {
    const written = text.replace(/#.*/, '').trim()
    if (written !== '') keep({ text: written, position })
  }
  if (texts.length === 0)
    throw new CommandFailure('there is nothing to shake; name services such as example.com:443', 2)
  return {
    count: texts.length,
    *[Symbol.iterator]() {
      for (const text of texts) yield { ...splitHostPort(text)!, text }
    },
  }
}

async function* linesOf(file: string): AsyncGenerator<TargetLine> {
  if (file === '-') {
    for await (const [number, text] of numberedLines()) yield { text, position: `stdin:${number}: ` }
  } else {
    const lines = readList(file).split('\n')
    for (const [index, text] of lines.entries()) yield { text, position: `${file}:${index + 1}: ` }
  }
}

function readList(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new CommandFailure(`cannot read ${file}: ${missing ? 'there is no such file' : sentenceOf(error)}`)
  }
}

function assertTarget({ text, position }: TargetLine): void {
  // Truncated and escaped, because the file may be anything, even binary.
  const refuse = (why: string) =>
    new CommandFailure(`${position}${truncateTo(escapeForTerminal(text), 80, '…')} ${why}`, 2)
  if (range.test(text))
    throw refuse('is a range of addresses; shake takes single services, it is not a scanner')
  // The schema words the error, but takes several times the memory, so valid targets bypass it.
  const split = splitHostPort(text)
  if (split === undefined) throw refuse(hostPort.safeParse(text).error!.issues[0]!.message)
  const { host } = split
  const purpose = isIP(host) === 0 ? '' : (specialPurpose(host) ?? '')
  if (standsForMany.test(purpose)) throw refuse(`is ${purpose}, not a service`)
  // A link-local address is ambiguous on a host with several links, and raw sockets need the zone index (RFC 4007).
  if (isIP(host) === 6 && purpose.includes('link')) throw refuse(`is ${purpose}, which shake cannot reach`)
  if (purpose.includes('in IPv6 form')) throw refuse(`is ${purpose}; write it as IPv4`)
}

/** Matches `10.0.0.0/8`, `10.0.0.*`, `80,443` and `10.0.0.1-9`; the last is also a valid host name. */
const range = /\/\d|[*,]|^[\d.]+-[\d.]+(:\d*)?$/
/** Kinds of addresses that stand for many hosts, or for none. */
const standsForMany = /multicast|broadcast|unspecified/
