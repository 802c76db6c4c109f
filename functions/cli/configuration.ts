import { closeSync, openSync, readSync } from 'node:fs'
import { getSystemErrorMessage, styleText } from 'node:util'
import type { Config } from '../../shared/config/config.ts'
import { type Diagnostic, formatDiagnostic } from '../../shared/config/diagnostic.ts'
import { maxTextBytes } from '../../shared/config/document.ts'
import { type ParsedConfig, parseConfig } from '../../shared/config/parse.ts'
import { CommandFailure } from './failure.ts'

/** The file that every command reads when none is named. */
export const defaultFile = 'upquorum.yaml'

/**
 * The configuration in a file. Warnings go to stderr.
 *
 * @throws {CommandFailure} with every error of the file, or with why it cannot be read.
 */
export function readConfig(file: string): Config {
  const { config, errors, warnings } = parseFile(file)
  for (const warning of warnings) console.error(formatWarning(warning))
  if (config !== undefined) return config
  throw new CommandFailure(errors.map(formatDiagnostic).join('\n'))
}

/** Like `parseConfig`, from a file. @throws {CommandFailure} when the file cannot be read. */
export function parseFile(file: string): ParsedConfig {
  return parseConfig(decode(readBounded(file), file), file)
}

function decode(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new CommandFailure(`${file}: is no UTF-8 text`)
  }
}

/** A directory, a device that never ends or a log file by mistake must not fill the memory. */
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
    throw new CommandFailure(`cannot read ${file}: ${reasonOf(error as NodeJS.ErrnoException)}`)
  }
  throw new CommandFailure(`${file}: is too large, must be at most ${maxTextBytes / 1024 ** 2} MiB`)
}

function reasonOf({ code, errno, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such file; "upquorum init" writes a first one'
  return errno === undefined ? message : getSystemErrorMessage(errno)
}

/** Yellow on a terminal. */
export function formatWarning(warning: Diagnostic): string {
  const text = formatDiagnostic({ ...warning, message: `warning: ${warning.message}` })
  return styleText('yellow', text, { stream: process.stderr })
}
