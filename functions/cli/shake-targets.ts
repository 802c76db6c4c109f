import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { specialPurpose } from '../../shared/network/guard.ts'
import { address, type HostPort, splitHostPort } from '../../shared/probers/fields.ts'
import { escapeForTerminal } from '../../shared/text/escape.ts'
import { truncateTo } from '../../shared/text/truncate.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { sentenceOf } from './errors.ts'
import { numberedLines } from './stdin.ts'

/** What is shaken, with the text that named it. */
export interface ShakeTarget extends HostPort {
  readonly text: string
}

const hostPort = address()

/** A text and where it stands, for a complaint. */
interface TargetLine {
  readonly text: string
  readonly position: string
}

/** All that is to be shaken, in its order. Lists are long: each is made when it is its turn. */
export interface ShakeTargets extends Iterable<ShakeTarget> {
  readonly count: number
}

/**
 * The targets of the command line and of a list with one on each line; `#` begins a comment.
 *
 * @param file a path, or `-` for stdin.
 * @throws {CommandFailure} for what is no target, and where there is none.
 */
export async function readTargets(named: readonly string[], file: string | undefined): Promise<ShakeTargets> {
  const texts: string[] = []
  // Whatever is wrong with the last line is told before anything is sent to the first.
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
  // A file that is no list at all may hold anything.
  const refuse = (why: string) =>
    new CommandFailure(`${position}${truncateTo(escapeForTerminal(text), 80, '…')} ${why}`, 2)
  if (range.test(text)) throw refuse('is a range of addresses; shake checks services, it is no scanner')
  // The schema, which has the words, takes several times the memory: for what is wrong only.
  const split = splitHostPort(text)
  if (split === undefined) throw refuse(hostPort.safeParse(text).error!.issues[0]!.message)
  const { host } = split
  const purpose = isIP(host) === 0 ? '' : (specialPurpose(host) ?? '')
  if (standsForMany.test(purpose)) throw refuse(`is ${purpose}, no service`)
  // Of several links none is meant more than another, and raw sockets want the number of one (RFC 4007).
  if (isIP(host) === 6 && purpose.includes('link')) throw refuse(`is ${purpose}, which shake cannot reach`)
  if (purpose.includes('in IPv6 form')) throw refuse(`is ${purpose}; write it as IPv4`)
}

/** `10.0.0.0/8`, `10.0.0.*`, `80,443` and `10.0.0.1-9`, the last of which would pass for a name. */
const range = /\/\d|[*,]|^[\d.]+-[\d.]+(:\d*)?$/
/** The kinds of addresses that stand for many machines, or for none. */
const standsForMany = /multicast|broadcast|unspecified/
