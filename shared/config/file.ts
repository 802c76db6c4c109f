import { closeSync, openSync, readSync } from 'node:fs'
import { getSystemErrorMessage } from 'node:util'
import { type ParsedConfig, parseConfig } from './parse.ts'
import { maxTextBytes } from './yaml/document.ts'

/** Like `parseConfig`, from a file. @throws with one sentence when the file cannot be read. */
export function parseFile(file: string): ParsedConfig {
  return parseConfig(decode(readBounded(file), file), file)
}

function decode(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Error(`${file}: is not UTF-8 text`)
  }
}

/** Bounds what is read: an endless device or a huge file given by mistake must not fill the memory. */
function readBounded(file: string): Buffer {
  const buffer = Buffer.allocUnsafe(maxTextBytes + 1)
  let bytes = 0
  try {
    const descriptor = openSync(file, 'r')
    try {
      while (bytes < buffer.length) {
        const read = readSync(descriptor, buffer, bytes, buffer.length - bytes, null)
        if (read === 0) return buffer.subarray(0, bytes)
        bytes += read
      }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    throw new Error(`cannot read ${file}: ${reasonOf(error as NodeJS.ErrnoException)}`)
  }
  throw new Error(`${file}: is too large, must be at most ${maxTextBytes / 1024 ** 2} MiB`)
}

function reasonOf({ code, errno, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT')
    return 'there is no such file; name another, or let "upquorum init" write a first one'
  return errno === undefined ? message : getSystemErrorMessage(errno)
}
