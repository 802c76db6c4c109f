import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { specialPurpose } from '../../shared/network/guard.ts'
import { address, type HostPort } from '../../shared/probers/fields.ts'
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
  const lines = readFileSync(file === '-' ? 0 : file, 'utf8').split('\n')
  return lines
    .map((line, index) => ({ text: line.replace(/#.*/, '').trim(), place: `${file}:${index + 1}: ` }))
    .filter(({ text }) => text !== '')
}

function parseTarget({ text, place }: { readonly text: string; readonly place: string }): ShakeTarget {
  const { data, error } = hostPort.safeParse(text)
  if (data === undefined) {
    const problem = looksLikeRange(text)
      ? 'is a range of addresses; shake checks services, it is no scanner'
      : error.issues[0]!.message
    throw new CommandFailure(`${place}${text} ${problem}`, 2)
  }
  const purpose = isIP(data.host) === 0 ? '' : (specialPurpose(data.host) ?? '')
  if (standsForMany.test(purpose)) throw new CommandFailure(`${place}${text} is ${purpose}, no service`, 2)
  return { ...data, text }
}

/** The kinds of addresses that stand for many machines, or for none. */
const standsForMany = /multicast|broadcast|unspecified/

function looksLikeRange(text: string): boolean {
  return /[/*,]|\d-\d/.test(text)
}
