import type { Config } from '../shared/config/config.ts'
import { formatDiagnostic, formatWarning } from '../shared/config/diagnostic.ts'
import { parseFile } from '../shared/config/file.ts'

/** What is read before any construct is made. */
export interface ReadConfiguration {
  readonly config: Config
  /** One line each. */
  readonly warnings: readonly string[]
}

/**
 * The configuration in a file, with the same words about it as `upquorum validate`. What is said there to work
 * on one machine only is refused here.
 *
 * @param emulated into an emulator on this machine, which may have what works there only.
 * @throws with every error of the file, one a line.
 */
export function readConfiguration(file: string, emulated: boolean): ReadConfiguration {
  const { config, errors, warnings } = parseFile(file)
  const refused = emulated ? [] : warnings.filter(({ localOnly }) => localOnly)
  if (config === undefined || refused.length > 0)
    throw new Error([...errors, ...refused].map(formatDiagnostic).join('\n'))
  return { config, warnings: warnings.map(formatWarning) }
}
