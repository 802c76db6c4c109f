import { CommandFailure } from '../../functions/terminal/failure.ts'
import type { Access } from './access.ts'
import { type Arguments, contextOf } from './arguments.ts'
import type { Cdk } from './cdk.ts'
import { look, type Seen } from './regions.ts'

/** The `-c` that names a bootstrap of one's own, as for the CDK. */
export const qualifierOf = ({ options }: Arguments) => contextOf(options, '@aws-cdk/core:bootstrapQualifier')

/**
 * Makes what the CDK needs in the regions that do not have it. Where it is, it stays as it is: it may be shared
 * with other applications, and an account may let only few people touch it.
 *
 * @throws {CommandFailure} with the regions in which it did not work out.
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
    `${named}: could not be bootstrapped; the CDK says above why. Nothing of upquorum was deployed yet`,
    '- what is denied needs an administrator, once per region: npx cdk bootstrap aws://<account>/<region>',
    '- what exists already was left behind by an older CDKToolkit: delete that bucket, role or repository',
  ].join('\n')
}
