import type { Config, Runner } from './config.ts'

/** The runners for which a deployment makes a machine. */
export function machinesOf({ runners }: Pick<Config, 'runners'>): readonly Runner[] {
  return runners.filter(({ selfHosted }) => !selfHosted)
}
