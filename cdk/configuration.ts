import type { Config } from '../shared/config/config.ts'
import { parseFile } from '../shared/config/file.ts'
import { formatDiagnostic, formatWarning } from '../shared/config/yaml/diagnostic.ts'

/** The result of reading a configuration, before any construct is created. */
export interface ReadConfiguration {
  readonly config: Config
  /** One line each. */
  readonly warnings: readonly string[]
}

/**
 * Why the configuration is read: `look` to synthesize templates (or to deploy with the bare CDK, which the app cannot
 * tell apart), `deploy` for our own command, `emulate` for a deployment into a local emulator.
 */
export type Purpose = 'look' | 'deploy' | 'emulate'

/**
 * Reads the configuration in a file, with the same messages as `upquorum validate`. Settings that only work in local
 * runs are errors here, except for an emulator. Placeholder endpoints from the examples are errors for `deploy` and
 * warnings for `look`.
 *
 * @throws with every error in the file, one per line.
 */
export function readConfiguration(file: string, purpose: Purpose): ReadConfiguration {
  const { config, errors, warnings, placeholders } = parseFile(file)
  const refused = [
    ...(purpose === 'emulate' ? [] : warnings.filter(({ localOnly }) => localOnly)),
    ...(purpose === 'deploy' ? placeholders : []),
  ]
  if (config === undefined || refused.length > 0)
    throw new Error([...errors, ...refused].map(formatDiagnostic).join('\n'))
  const shown = purpose === 'look' ? [...warnings, ...placeholders] : warnings
  return { config, warnings: shown.map(formatWarning) }
}
