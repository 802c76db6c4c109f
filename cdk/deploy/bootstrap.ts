import { CommandFailure } from '../../functions/terminal/failure.ts'
import type { Access } from './access.ts'
import { type Arguments, contextOf } from './arguments.ts'
import type { Cdk } from './cdk.ts'
import { look, type Seen } from './regions.ts'

/** The qualifier of a custom bootstrap, given with `-c` as for the CDK. */
export const qualifierOf = ({ options }: Arguments) => contextOf(options, '@aws-cdk/core:bootstrapQualifier')

/**
 * Bootstraps the regions that need it. An existing bootstrap is left unchanged: other applications may share it, and
 * often only an administrator may change it.
 *
 * @throws {CommandFailure} with the regions that could not be bootstrapped.
 */
export async function bootstrapBare(
  cdk: Cdk,
  call: Arguments,
  seen: readonly Seen[],
  access: Access,
): Promise<void> {
  const bare = seen.filter(({ state }) => state === 'bare').map(({ region }) => region)
  if (bare.length === 0) return
  const regions = bare.map((region) => `aws://*/${region}`)
  if (await cdk(call, 'bootstrap', ...regions, '-c', 'quiet=true')) return
  const now = await Promise.all(bare.map((region) => look(region, access, qualifierOf(call))))
  const failed = now.filter(({ state }) => state !== 'bootstrapped').map(({ region }) => region)
  throw new CommandFailure(bootstrapFailed(failed.length === 0 ? bare : failed))
}

function bootstrapFailed(regions: readonly string[]): string {
  const named = regions.join(', ')
  return [
    `${named}: the bootstrap failed; see the CDK's output above. Nothing of upquorum was deployed yet`,
    '- if access was denied, an administrator must run once per region: npx cdk bootstrap aws://<account>/<region>',
    '- if a bucket, role or repository already exists, an older CDKToolkit left it behind: delete it',
  ].join('\n')
}
