import { styleText } from 'node:util'
import type { Config } from '../../shared/config/config.ts'
import { parseFile } from '../../shared/config/file.ts'
import { type Diagnostic, formatDiagnostic, formatWarning } from '../../shared/config/yaml/diagnostic.ts'
import { CommandFailure } from '../terminal/failure.ts'

/** The file that every command reads by default. */
export const defaultFile = 'upquorum.yaml'

/**
 * Reads the configuration in a file and prints its warnings on stderr.
 *
 * @throws {CommandFailure} with every error in the file; any other error says why the file cannot be read.
 */
export function readConfig(file: string): Config {
  const { config, errors, warnings } = parseFile(file)
  sayWarnings(warnings)
  if (config !== undefined) return config
  throw new CommandFailure(errors.map(formatDiagnostic).join('\n'))
}

/** Prints warnings on stderr, in yellow on a terminal. */
export function sayWarnings(warnings: readonly Diagnostic[]): void {
  for (const warning of warnings)
    console.error(styleText('yellow', formatWarning(warning), { stream: process.stderr }))
}
