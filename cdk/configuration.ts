import type { Config } from '../shared/config/config.ts'
import { parseFile } from '../shared/config/file.ts'
import { formatDiagnostic, formatWarning } from '../shared/config/yaml/diagnostic.ts'

/** What is read before any construct is made. */
export interface ReadConfiguration {
  readonly config: Config
  /** One line each. */
  readonly warnings: readonly string[]
}

/**
 * What for: `look` at the templates, which the app cannot tell from a deployment by the bare CDK; `deploy` by our own
 * command; `emulate`, a deployment into an emulator on this machine.
 */
export type Purpose = 'look' | 'deploy' | 'emulate'

/**
 * The configuration in a file, with the same words about it as `upquorum validate`. What is said there to work
 * on one machine only is refused here, but for an emulator. Alerts that would go to placeholders, which are in
 * every example, are refused at a deployment and warned of when somebody looks.
 *
 * @throws with every error of the file, one a line.
 */
export function readConfiguration(file: string, purpose: Purpose): ReadConfiguration {
  const { config, errors, warnings, placeholders } = parseFile(file)
  const refused = [
    ...(purpose === 'emulate' ? [] : warnings.filter(({ localOnly }) => localOnly)),
    ...(purpose === 'deploy' ? placeholders : []),
  ]
  if (config === undefined || refused.length > 0)
    throw new Error([...errors, ...refused].map(formatDiagnostic).join('\n'))
  const said = purpose === 'look' ? [...warnings, ...placeholders] : warnings
  return { config, warnings: said.map(formatWarning) }
}
