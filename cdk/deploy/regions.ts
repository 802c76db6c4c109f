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

/** What one look told about a region, before anything is changed there. */
export type Seen =
  /** The CDK can deploy there. */
  | { readonly region: string; readonly state: 'bootstrapped' }
  /** Its bootstrap is missing or too old. */
  | { readonly region: string; readonly state: 'bare' }
  /** These credentials may not look; whoever keeps the account has probably bootstrapped it. */
  | { readonly region: string; readonly state: 'hidden' }
  | { readonly region: string; readonly state: 'unusable'; readonly error: unknown }

/** Every region that a configuration deploys to, with what it is there. */
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

/** The bootstrap that the stacks of aws-cdk-lib 2 ask for (`requiresBootstrapStackVersion`). */
const oldestBootstrap = 6

/**
 * One call tells all: whether AWS knows the credentials there, whether the region answers, and the version of
 * the bootstrap, which the CDK keeps in a parameter.
 *
 * @param qualifier of the bootstrap; the CDK's own when absent.
 */
export async function look(region: string, access: Access, qualifier = 'hnb659fds'): Promise<Seen> {
  const client = new SSMClient(access(region))
  try {
    const command = new GetParameterCommand({ Name: `/cdk-bootstrap/${qualifier}/version` })
    const version = Number((await client.send(command)).Parameter?.Value)
    return { region, state: version >= oldestBootstrap ? 'bootstrapped' : 'bare' }
  } catch (error) {
    if (isNotFound(error)) return { region, state: 'bare' }
    if (isDenied(error)) return { region, state: 'hidden' }
    return { region, state: 'unusable', error }
  } finally {
    client.destroy()
  }
}

/** Where no region has answered at all, what went wrong in each. */
export function outOfReach(seen: readonly Seen[]): readonly unknown[] | undefined {
  const errors = seen.flatMap((one) =>
    one.state === 'unusable' && isUnanswered(one.error) ? [one.error] : [],
  )
  return errors.length === seen.length ? errors : undefined
}

/** @throws {CommandFailure} with every region in which nothing can be deployed, and why. */
export function refuseUnusable(
  seen: readonly Seen[],
  roles: ReadonlyMap<string, readonly string[]>,
  file: string,
): void {
  const unusable = seen.filter((one) => one.state === 'unusable')
  if (unusable.length === 0) return
  // What AWS says elsewhere tells a fault of the credentials or of this machine from one of the region.
  const known = unusable.length < seen.length
  const reasons = unusable.map(({ error }) => (known ? wordRegion(error, file) : wordAwsError(error)))
  const [first] = reasons
  const lines =
    !known && reasons.every((reason) => reason === first)
      ? [first]
      : unusable.map(({ region }, index) => `${region} (${roles.get(region)?.join(', ')}): ${reasons[index]}`)
  throw new CommandFailure([...lines, 'nothing was changed'].join('\n'))
}

/** What is wrong with a region when others answer as they should. */
function wordRegion(error: unknown, file: string): string {
  if (isUnrecognized(error))
    return `the region is not enabled in this account; enable it (in the console: Account, AWS Regions) or take it out of ${file}`
  if (isUnknownHost(error)) return `AWS has no such region; correct it in ${file}`
  return wordAwsError(error)
}
