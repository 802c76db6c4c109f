import { CommandFailure } from '../terminal/failure.ts'
import { sentenceOf } from './errors.ts'

/** A line of a recording is an alert at most, which SNS keeps below 256 KiB and which is told thrice. */
const maxLength = 4 * 1024 ** 2

/**
 * The lines of stdin with their numbers, from 1. Only line feeds end a line: what ends one for
 * `node:readline` besides (a carriage return, U+2028) may stand in the middle of a JSON text.
 *
 * @throws {CommandFailure} for a line of more than 4 MiB, or when stdin cannot be read.
 */
export async function* numberedLines(): AsyncGenerator<readonly [number: number, text: string]> {
  let number = 1
  let rest = ''
  try {
    for await (const chunk of process.stdin.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop()!
      for (const line of lines) yield [number++, line]
      if (rest.length > maxLength) throw new CommandFailure(`stdin:${number}: is longer than 4 MiB`)
    }
  } catch (error) {
    if (error instanceof CommandFailure) throw error
    throw new CommandFailure(`cannot read stdin: ${sentenceOf(error)}`)
  }
  if (rest !== '') yield [number, rest]
}
