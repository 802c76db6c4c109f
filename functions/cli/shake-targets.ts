import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { specialPurpose } from '../../shared/network/guard.ts'
import { address, type HostPort } from '../../shared/probers/fields.ts'
import { cut, printable } from '../terminal/printable.ts'
import { sentenceOf } from './ending.ts'
import { CommandFailure } from './failure.ts'
import { numberedLines } from './stdin.ts'

/** What is shaken, with the text that named it. */
export interface ShakeTarget extends HostPort {
  readonly text: string
}

const hostPort = address()

/** A text and where it stands, for a complaint. */
interface Written {
  readonly text: string
  readonly place: string
}

/**
 * The targets of the command line and of a list with one on each line; `#` begins a comment.
 *
 * @param file a path, or `-` for stdin.
 * @throws {CommandFailure} for what is no target, and where there is none.
 */
export async function readTargets(
  named: readonly string[],
  file: string | undefined,
): Promise<readonly ShakeTarget[]> {
  const targets = named.map((text) => parseTarget({ text, place: '' }))
  for await (const { text, place } of file === undefined ? [] : linesOf(file)) {
    const written = text.replace(/#.*/, '').trim()
    if (written !== '') targets.push(parseTarget({ text: written, place }))
  }
  if (targets.length > 0) return targets
  throw new CommandFailure('there is nothing to shake; name services such as example.com:443', 2)
}

async function* linesOf(file: string): AsyncGenerator<Written> {
  if (file === '-') {
    for await (const [number, text] of numberedLines()) yield { text, place: `stdin:${number}: ` }
  } else {
    const lines = readList(file).split('\n')
    for (const [index, text] of lines.entries()) yield { text, place: `${file}:${index + 1}: ` }
  }
}

function readList(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new CommandFailure(
      `cannot read ${file}: ${missing ? 'there is no such file' : sentenceOf(error)}`,
      2,
    )
  }
}

function parseTarget({ text, place }: Written): ShakeTarget {
  // A file that is no list at all may hold anything.
  const refuse = (why: string) => new CommandFailure(`${place}${cut(printable(text), 80, '…')} ${why}`, 2)
  if (range.test(text)) throw refuse('is a range of addresses; shake checks services, it is no scanner')
  const { data, error } = hostPort.safeParse(text)
  if (data === undefined) throw refuse(error.issues[0]!.message)
  const purpose = isIP(data.host) === 0 ? '' : (specialPurpose(data.host) ?? '')
  if (standsForMany.test(purpose)) throw refuse(`is ${purpose}, no service`)
  // Of several links none is meant more than another, and raw sockets want the number of one (RFC 4007).
  if (isIP(data.host) === 6 && purpose.includes('link'))
    throw refuse(`is ${purpose}, which shake cannot reach`)
  if (purpose.includes('in IPv6 form')) throw refuse(`is ${purpose}; write it as IPv4`)
  return { ...data, text }
}

/** `10.0.0.0/8`, `10.0.0.*`, `80,443` and `10.0.0.1-9`, the last of which would pass for a name. */
const range = /\/\d|[*,]|^[\d.]+-[\d.]+(:\d*)?$/
/** The kinds of addresses that stand for many machines, or for none. */
const standsForMany = /multicast|broadcast|unspecified/
