import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import {
  isDenied,
  isNotFound,
  isUnanswered,
  isUnknownHost,
  isUnrecognized,
  wordAwsError,
} from '../../functions/cli/aws-failure.ts'
import { CommandFailure } from '../../functions/terminal/failure.ts'
import type { Config } from '../../shared/config/config.ts'
import { machinesOf } from '../../shared/config/machines.ts'
import type { Access } from './access.ts'

/** The state of a region before anything is changed there. */
export type Seen =
  /** The CDK can deploy there. */
  | { readonly region: string; readonly state: 'bootstrapped' }
  /** The bootstrap is missing or too old. */
  | { readonly region: string; readonly state: 'bare' }
  /** The credentials may not read the bootstrap version; an administrator has probably bootstrapped the region. */
  | { readonly region: string; readonly state: 'hidden' }
  | { readonly region: string; readonly state: 'unusable'; readonly error: unknown }

/** Every region that a configuration deploys to, with its roles: home, voter, runners. */
export function regionsOf(config: Config): ReadonlyMap<string, readonly string[]> {
  const { homes, regions } = config
  const roles = [
    ...homes.map((region) => [region, 'home'] as const),
    ...regions.map((region) => [region, 'voter'] as const),
    ...machinesOf(config).map(({ name, region }) => [region, `runner ${name}`] as const),
  ]
  return new Map(
    [...Map.groupBy(roles, ([region]) => region)].map(([region, found]) => [
      region,
      found.map(([, role]) => role),
    ]),
  )
}

/** The minimum bootstrap version that aws-cdk-lib 2 requires (`requiresBootstrapStackVersion`). */
const minBootstrapVersion = 6

/**
 * Inspects a region with a single call: reading the bootstrap version, which the CDK keeps in an SSM parameter, also
 * shows whether the region answers and accepts the credentials.
 *
 * @param qualifier of the bootstrap; defaults to the CDK's own.
 */
export async function look(region: string, access: Access, qualifier = 'hnb659fds'): Promise<Seen> {
  const client = new SSMClient(access(region))
  try {
    const command = new GetParameterCommand({ Name: `/cdk-bootstrap/${qualifier}/version` })
    const version = Number((await client.send(command)).Parameter?.Value)
    return { region, state: version >= minBootstrapVersion ? 'bootstrapped' : 'bare' }
  } catch (error) {
    if (isNotFound(error)) return { region, state: 'bare' }
    if (isDenied(error)) return { region, state: 'hidden' }
    return { region, state: 'unusable', error }
  } finally {
    client.destroy()
  }
}

/** The error of each region if none of them answered; otherwise undefined. */
export function outOfReach(seen: readonly Seen[]): readonly unknown[] | undefined {
  const errors = seen.flatMap((one) =>
    one.state === 'unusable' && isUnanswered(one.error) ? [one.error] : [],
  )
  return errors.length === seen.length ? errors : undefined
}

/** @throws {CommandFailure} with every region that nothing can be deployed to, and the reason. */
export function refuseUnusable(
  seen: readonly Seen[],
  roles: ReadonlyMap<string, readonly string[]>,
  file: string,
): void {
  const unusable = seen.filter((one) => one.state === 'unusable')
  if (unusable.length === 0) return
  // If another region is fine, neither the credentials nor this machine are at fault, so the region itself must be.
  const known = unusable.length < seen.length
  const reasons = unusable.map(({ error }) => (known ? wordRegion(error, file) : wordAwsError(error)))
  const [first] = reasons
  const lines =
    !known && reasons.every((reason) => reason === first)
      ? [first]
      : unusable.map(({ region }, index) => `${region} (${roles.get(region)?.join(', ')}): ${reasons[index]}`)
  throw new CommandFailure([...lines, 'nothing was changed'].join('\n'))
}

/** Words what is wrong with a region, given that others work. */
function wordRegion(error: unknown, file: string): string {
  if (isUnrecognized(error))
    return `the region is not enabled in this account; enable it (in the console: Account, AWS Regions) or remove it from ${file}`
  if (isUnknownHost(error)) return `the region does not exist; correct it in ${file}`
  return wordAwsError(error)
}
