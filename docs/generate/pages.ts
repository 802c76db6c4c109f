import { cliPage } from './cli.ts'
import { configurationPage } from './configuration.ts'

/** The pages that are made from the code, by their path in the project. */
export async function generatedPages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/configuration.md', `${configurationPage().trimEnd()}\n`],
    ['docs/cli.md', `${(await cliPage()).trimEnd()}\n`],
  ])
}
