import { readFileSync } from 'node:fs'
import type { Config } from '../shared/config/config.ts'
import { formatDiagnostic } from '../shared/config/diagnostic.ts'
import { parseConfig } from '../shared/config/parse.ts'
import { secretsOf } from '../shared/plan/secrets.ts'

/** What is read before any construct is made. */
export interface ReadConfiguration {
  readonly config: Config
  /** One line each. */
  readonly warnings: readonly string[]
}

/**
 * The configuration in a file, with the same words about it as `upquorum validate`.
 *
 * @param emulated in an emulator webhooks may be on this machine.
 * @throws with every error of the file, one a line.
 */
export function readConfiguration(file: string, emulated: boolean): ReadConfiguration {
  const { config, errors, warnings } = parseConfig(readText(file), file)
  if (config === undefined) throw new Error(errors.map(formatDiagnostic).join('\n'))
  if (!emulated) {
    const unreachable = config.contacts.flatMap(({ name, webhook }) =>
      webhook
        .filter((url) => !url.startsWith('https://'))
        .map((url) => `${file}: contacts.${name}.webhook: ${url}`),
    )
    if (unreachable.length > 0)
      throw new Error(
        unreachable
          .map((line) => `${line} is on this machine; SNS delivers to https:// addresses`)
          .join('\n'),
      )
  }
  const unreadable = config.checks
    .filter(({ enabled }) => enabled)
    .flatMap((check) =>
      config.regions
        .flatMap((region) => secretsOf([check], region))
        .filter(({ store }) => store === 'env')
        .map(
          ({ name }) =>
            `${file}: ${check.name}: env:${name} is for local runs and runners; a Lambda reads ssm: or secretsmanager:`,
        ),
    )
  if (unreadable.length > 0) throw new Error([...new Set(unreadable)].join('\n'))
  return { config, warnings: warnings.map(formatDiagnostic) }
}

function readText(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Error(
        `cannot read ${file}: there is no such file; "npx upquorum init" writes upquorum.yaml, another one is named as in npm run deploy my.yaml`,
      )
    throw new Error(`cannot read ${file}: ${(error as Error).message}`)
  }
}
