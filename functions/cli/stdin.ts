import { CommandFailure } from '../terminal/failure.ts'
import { sentenceOf } from './errors.ts'

/** In characters. The longest line of a recording is an alert: three texts that SNS limits to 256 KiB together. */
const maxLength = 4 * 1024 ** 2

/**
 * Yields the lines of stdin, numbered from 1. Only a line feed ends a line: `node:readline` also splits at carriage
 * returns and U+2028, which may occur within a JSON text.
 *
 * @throws {CommandFailure} for a line longer than 4 MiB, or when stdin cannot be read.
 */
export async function* numberedLines(): AsyncGenerator<readonly [number: number, text: string]> {
  let number = 1
  let rest = ''
  try {
    for await (const chunk of process.stdin.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop()!
      for (const line of lines) yield [number++, line]
      if (rest.length > maxLength) throw new CommandFailure(`stdin:${number}: the line is longer than 4 MiB`)
    }
  } catch (error) {
    if (error instanceof CommandFailure) throw error
    throw new CommandFailure(`cannot read stdin: ${sentenceOf(error)}`)
  }
  if (rest !== '') yield [number, rest]
}
