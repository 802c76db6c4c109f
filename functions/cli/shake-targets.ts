import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { specialPurpose } from '../../shared/network/guard.ts'
import { address, type HostPort } from '../../shared/probers/fields.ts'
import { sentenceOf } from './ending.ts'
import { CommandFailure } from './failure.ts'

/** What is shaken, with the text that named it. */
export interface ShakeTarget extends HostPort {
  readonly text: string
}

const hostPort = address()

/** The targets of the command line and of a file with one on each line; `#` begins a comment. */
export function readTargets(named: readonly string[], file: string | undefined): readonly ShakeTarget[] {
  const written = [
    ...named.map((text) => ({ text, place: '' })),
    ...(file === undefined ? [] : linesOf(file)),
  ]
  if (written.length > 0) return written.map(parseTarget)
  throw new CommandFailure('there is nothing to shake; name services such as example.com:443', 2)
}

function linesOf(file: string) {
  return readList(file)
    .split('\n')
    .map((line, index) => ({ text: line.replace(/#.*/, '').trim(), place: `${file}:${index + 1}: ` }))
    .filter(({ text }) => text !== '')
}

function readList(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new CommandFailure(
      `cannot read ${file}: ${missing ? 'there is no such file' : sentenceOf(error)}`,
      2,
    )
  }
}

function parseTarget({ text, place }: { readonly text: string; readonly place: string }): ShakeTarget {
  const refuse = (why: string) => new CommandFailure(`${place}${text} ${why}`, 2)
  if (range.test(text)) throw refuse('is a range of addresses; shake checks services, it is no scanner')
  const { data, error } = hostPort.safeParse(text)
  if (data === undefined) throw refuse(error.issues[0]!.message)
  const purpose = isIP(data.host) === 0 ? '' : (specialPurpose(data.host) ?? '')
  if (standsForMany.test(purpose)) throw refuse(`is ${purpose}, no service`)
  return { ...data, text }
}

/** `10.0.0.0/8`, `10.0.0.*`, `80,443` and `10.0.0.1-9`, the last of which would pass for a name. */
const range = /\/\d|[*,]|^[\d.]+-[\d.]+(:\d*)?$/
/** The kinds of addresses that stand for many machines, or for none. */
const standsForMany = /multicast|broadcast|unspecified/
