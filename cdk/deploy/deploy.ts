import { applyEverywhere, UnreadHome } from '../../functions/cli/apply.ts'
import { isDenied, isUnanswered } from '../../functions/cli/aws-failure.ts'
import { tableClient } from '../../functions/runtime/home.ts'
import { CommandFailure } from '../../functions/terminal/failure.ts'
import type { Config } from '../../shared/config/config.ts'
import { machinesOf } from '../../shared/config/machines.ts'
import type { Deployment } from '../../shared/plan/deployment.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import { homeStackName, tableName } from '../names.ts'
import { fetchPackage, isFetched, lockedPackage, runnerPackages } from '../runner-packages.ts'
import { type Access, accessOf, cdkRoute, type Environment } from './access.ts'
import { type Arguments, contextOf, optionOf } from './arguments.ts'
import { bootstrapBare, qualifierOf } from './bootstrap.ts'
import type { Cdk } from './cdk.ts'
import { describeOrphanedStacks } from './orphaned-stacks.ts'
import { look, outOfReach, refuseUnusable, regionsOf } from './regions.ts'
import { type FoundTable, findTable, isOurs, refuseForeignTables, wordTable } from './tables.ts'

/** The dependencies of a deployment. */
interface Dependencies {
  readonly cdk: Cdk
  readonly environment: Environment
}

/** Inspects every region, deploys all stacks, then reports what still needs attention. */
export async function deploy(
  call: Arguments,
  config: Config,
  { cdk, environment }: Dependencies,
): Promise<void> {
  const access = accessOf(call)
  const roles = regionsOf(config)
  const seen = await Promise.all([...roles.keys()].map((region) => look(region, access, qualifierOf(call))))
  const failures = outOfReach(seen)
  const route = failures && cdkRoute(call, environment, failures)
  if (route !== undefined) {
    console.error(
      `AWS cannot be reached directly, but the CDK may reach it with ${route}, so the regions are not inspected first; ` +
        'a region that was never bootstrapped needs npx cdk bootstrap aws://<account>/<region>, once',
    )
    await deployStacks(cdk, call, config)
    if (isExecuted(call)) console.error(planUnknown(call, 'only the CDK can reach AWS from here'))
    return
  }
  refuseUnusable(seen, roles, call.file)
  const { tables, deployed } = await findDeployed(config, access)
  if (contextOf(call.options, 'retain') === 'false') warnOfLoss(config, tables)
  await bootstrapBare(cdk, call, seen, access)
  await deployStacks(cdk, call, config)
  if (!isExecuted(call)) return
  await refuseMissingTables(config, access)
  const regions = tables.map(({ region }) => region)
  for (const line of describeOrphanedStacks(config, deployed, regions)) console.error(line)
  await bringPlan(call, config, access)
}

async function deployStacks(cdk: Cdk, call: Arguments, config: Config): Promise<void> {
  if (machinesOf(config).length > 0) fetchRunnerPackages()
  if (!(await cdk(call, 'deploy', ...ownOptions(call)))) throw new CommandFailure(deployFailed)
}

const deployFailed = [
  "the deployment failed; see the CDK's output above for the error and its stack",
  '- stacks already deployed stay; fix the cause, then run npm run deploy again to continue',
  '- if a bucket or role cdk-hnb659fds-… is missing, the bootstrap of that region is damaged: delete its stack CDKToolkit, then run npm run deploy',
  '- if access to one of them is denied, ask the administrator of the account for permission to use it',
].join('\n')

/**
 * Finds the tables in the regions of a configuration, and what was last deployed with each.
 *
 * @throws {CommandFailure} when a home has a table of this name that is not ours.
 */
async function findDeployed(config: Config, access: Access) {
  const found = await Promise.all(
    // Credentials that may not describe tables can still deploy, through the roles of the bootstrap.
    [...regionsOf(config).keys()].map((region) => findTable(region, access).catch(() => undefined)),
  )
  const named = found.filter((table) => table !== undefined)
  refuseForeignTables(config.homes, named)
  const tables = named.filter(isOurs)
  const deployed = await Promise.all(tables.map(({ region }) => deploymentIn(region, access)))
  return { tables, deployed: deployed.filter((one) => one !== undefined) }
}

function warnOfLoss(config: Config, tables: readonly FoundTable[]): void {
  for (const table of tables.filter((one) => one.isProtected && config.homes.includes(one.region))) {
    console.error(
      `warning: -c retain=false: ${wordTable(table)} is no longer protected; deleting the stack ${homeStackName(table.region)} deletes it too`,
    )
  }
}

async function deploymentIn(region: string, access: Access): Promise<Deployment | undefined> {
  const client = tableClient(access(region))
  try {
    return await dynamoStore(client, tableName).deployment()
  } catch {
    return
  } finally {
    client.destroy()
  }
}

/**
 * The options for the CDK that precede the caller's own.
 *
 * `--require-approval never`: the CDK would ask about every new role in every stack, which it cannot do while it
 * deploys several stacks at once. With the caller's own `--require-approval`, stacks are deployed one after the other.
 *
 * `--import-existing-resources`: a table that outlived its stack is adopted with its history; without it the deployment
 * would fail because the table exists. CloudFormation imports resources that have a fixed name in the template, belong
 * to no stack and have a DeletionPolicy of Retain, and creates missing ones as usual (User Guide, "Import AWS resources
 * into a CloudFormation stack automatically"). In our stacks only the table is retained.
 */
export function ownOptions({ options }: Pick<Arguments, 'options'>): readonly string[] {
  const asks = optionOf(options, 'require-approval') ?? 'never'
  const imports =
    contextOf(options, 'retain') !== 'false' &&
    optionOf(options, 'method') === undefined &&
    !options.some((option) => /^--(no-)?import-existing-resources\b/.test(option))
  return [
    '--all',
    ...(asks === 'never' && optionOf(options, 'concurrency') === undefined ? ['--concurrency', '4'] : []),
    ...(optionOf(options, 'require-approval') === undefined ? ['--require-approval', 'never'] : []),
    ...(imports ? ['--import-existing-resources'] : []),
  ]
}

/** Whether the CDK executes its change sets instead of only preparing them. */
function isExecuted({ options }: Arguments): boolean {
  return optionOf(options, 'method') !== 'prepare-change-set' && !options.includes('--no-execute')
}

/** CloudFormation does not notice a table that was deleted by hand, so a deployment would not recreate it. */
async function refuseMissingTables(config: Config, access: Access): Promise<void> {
  for (const home of config.homes) {
    const isThere = await findTable(home, access).then(
      (table) => table !== undefined,
      () => true,
    )
    if (!isThere)
      throw new CommandFailure(
        `the stack ${homeStackName(home)} exists, but its table ${tableName} does not exist in ${home}: it was deleted by hand, which a deployment does not notice. ` +
          'npm run destroy, then npm run deploy, creates an empty one; DynamoDB keeps a backup of the old one for 35 days',
      )
  }
}

/**
 * Applies the configuration as `upquorum apply` does. CloudFormation updates the plan only if the configuration changed
 * since the last deployment, so a plan applied in between would outlive a deployment of the unchanged configuration.
 */
async function bringPlan(call: Arguments, config: Config, access: Access): Promise<void> {
  try {
    await applyEverywhere(config, { table: tableName }, access)
  } catch (error) {
    // Credentials that deploy through the roles of the bootstrap need no permission to read the table.
    if (!(error instanceof UnreadHome) || !(isDenied(error) || isUnanswered(error))) throw error
    console.error(planUnknown(call, error.message))
  }
}

function planUnknown({ file }: Arguments, why: string): string {
  return `deployed, but the plan in force may be one that "upquorum apply" wrote since the last deployment instead of that of ${file}: ${why}`
}

function fetchRunnerPackages(): void {
  for (const locked of Object.values(runnerPackages).map((name) => lockedPackage(name))) {
    if (isFetched(locked)) continue
    console.error(`fetching ${locked.name} ${locked.version} for the runners`)
    fetchPackage(locked)
  }
}
